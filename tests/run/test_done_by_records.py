"""Whether nothing is to be done, answered without Snakemake."""

import os
from pathlib import Path

import pytest
from speed.contests import no_op

from coupled_vae.run import engine, guard, main
from coupled_vae.run.record import Record
from coupled_vae.run.up_to_date import is_up_to_date

WEIGHTS = Path("results/runs/mog/vae/0/weights.pt")


@pytest.fixture
def finished(tmp_path, monkeypatch):
    """A folder with invented outputs of a finished paper on the mixture."""
    no_op.finished(tmp_path, 25)
    monkeypatch.chdir(tmp_path)
    # Whatever this machine has.
    monkeypatch.setattr(guard, "left_out", lambda _: frozenset({"digits", "mnist", "mnist_full"}))
    monkeypatch.setattr(guard, "_check_args", lambda _: None)
    return tmp_path


def test_a_finished_run_is_up_to_date_and_file_targets_are_left_to_snakemake(finished):
    assert is_up_to_date(["paper"])
    assert is_up_to_date(["train", "evaluate"])
    assert not is_up_to_date(["search"])
    assert not is_up_to_date(["results/report.html"])
    assert not is_up_to_date(["paper", "no_such_target"])


def test_a_new_time_stamp_is_no_change(finished):
    os.utime(WEIGHTS)
    assert is_up_to_date(["paper"])


def damage(text):
    def change():
        WEIGHTS.write_text(text)

    return change


def parameter():
    file = Path("params.yaml")
    text = file.read_text()
    assert "num_steps: 18000" in text
    file.write_text(text.replace("num_steps: 18000", "num_steps: 18001"))


def record(old, new):
    def change():
        file = WEIGHTS.with_suffix(".provenance.json")
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize(
    "change",
    [
        damage("other"),
        WEIGHTS.unlink,
        WEIGHTS.with_suffix(".provenance.json").unlink,
        Path("results/data/mog.npz").unlink,
        lambda: Path("results/report.html").write_text("other"),
        parameter,
        record('"code": "', '"code": "0'),
        record('"results/runs/mog/vae/0"', '"results/runs/mog/vae/1"'),
        record('"report.json"', '"report2.json"'),
        lambda: WEIGHTS.with_suffix(".provenance.json").write_text("{"),
    ],
    ids=[
        *("content", "missing", "no record", "no data", "report", "parameter"),
        *("code", "folder", "outputs", "damaged record"),
    ],
)
def test_any_change_is_seen(finished, change):
    assert is_up_to_date(["paper"])
    change()
    assert not is_up_to_date(["paper"])


def test_an_input_that_was_made_by_another_job_is_seen_from_what_reads_it(finished):
    """``evaluate`` names no training, but its draws rest on one."""
    record('"code": "', '"code": "0')()
    assert not is_up_to_date(["evaluate"])


@pytest.mark.parametrize(
    ("options", "asked"), [("-n", False), ("--dry-run", False), ("-n --forcerun x", True)]
)
def test_snakemake_is_asked_only_where_it_may_know_more(
    finished, monkeypatch, capsys, options, asked
):
    calls = []
    monkeypatch.setenv(engine.OPTIONS, options)
    monkeypatch.setattr(main, "snakemake", lambda names: (calls.append(names), (0, Record()))[1])
    assert main.plan(["paper"]) == 0
    assert bool(calls) is asked
    assert capsys.readouterr().err == "paper, dry run: nothing to do, all is up to date\n"
