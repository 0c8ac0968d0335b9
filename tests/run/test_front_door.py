"""The front door: locks that are not to be had, its words, dry runs, and how a run ends."""

import errno
import os
import sys
from pathlib import Path

import pytest
from small import TOP

from coupled_vae.run import engine, guard, main
from coupled_vae.run.record import Failure, Job, Record
from coupled_vae.runtime.errors import UserError


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_warned_of_once(tmp_path, monkeypatch, capsys, number):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(guard.TOKEN, raising=False)
    monkeypatch.setattr(guard.fcntl, "flock", refuse)
    guard.hold_lock()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"warning: the file system of {tmp_path} has no locks")
    assert os.environ[guard.TOKEN]
    monkeypatch.delenv(guard.TOKEN)


def test_a_folder_that_cannot_be_written_to_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(guard.TOKEN, raising=False)
    (tmp_path / ".snakemake").write_text("a file in its place")
    with pytest.raises(UserError, match="cannot be written to"):
        guard.hold_lock()


def test_words_after_two_dashes_are_snakemakes():
    assert main.split(["--dvc", "paper", "--", "-n", "--", "x"]) == (
        ["--dvc", "paper"],
        ["-n", "--", "x"],
    )
    assert main.split(["paper"]) == (["paper"], [])


@pytest.mark.parametrize("option", ["-n", "-np", "-nq", "-qn", "-Fn", "--dry-run", "--dryrun"])
def test_a_dry_run_is_known_by_each_spelling(option):
    assert engine.is_dry_run(["--cores", "1", option])


@pytest.mark.parametrize("options", [["-j4"], ["--drop-metadata"], ["-F"], ["-dnew"], ["--", "-n"]])
def test_other_options_are_no_dry_run(options):
    assert not engine.is_dry_run(options)


def test_a_dry_run_elsewhere_links_and_locks_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(engine.OPTIONS, "")
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.delenv(guard.TOKEN, raising=False)
    monkeypatch.setattr(main.surroundings, "prepare", lambda _: None)
    monkeypatch.setattr(main, "snakemake", lambda *_, **__: (0, Record({1: Job(1, "table", {})})))
    assert main.main(["--directory", str(tmp_path), "paper", "--", "-np"]) == 0
    assert [*tmp_path.iterdir()] == []
    assert capsys.readouterr().err == "paper, dry run: 1 table\n"


def test_the_question_whether_there_is_more_to_do_has_no_options_of_the_users(monkeypatch):
    seen = {}
    monkeypatch.setattr(main, "is_up_to_date", lambda _: False)
    monkeypatch.setattr(main, "snakemake", lambda *_, **more: (seen.update(more), (1, None))[1])
    assert not main._nothing_to_do(["paper"])
    assert seen["asked"] is False


@pytest.mark.parametrize("held", [True, False])
def test_snakemake_needs_no_lock_where_the_run_holds_one(tmp_path, monkeypatch, held):
    seen = []

    def instead(command, **more):
        seen.extend(command)
        return really([sys.executable, "-c", ""], **more)

    really = engine.started
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engine, "started", instead)
    monkeypatch.setattr(engine, "_profile", lambda: Path("default"))
    monkeypatch.setenv(guard.TOKEN, "a")
    if not held:
        monkeypatch.delenv(guard.TOKEN)
    assert engine.snakemake(["x"])[0] == 0
    assert ("--nolock" in seen) is held


def test_results_are_where_the_run_works(tmp_path, monkeypatch):
    monkeypatch.chdir(TOP)
    names = ("report.html", "tables", "figures", "numbers.tex")
    assert main._where("paper") == " and ".join(f"results/{name}" for name in names)
    monkeypatch.setattr(main, "TOP", tmp_path.resolve())
    (tmp_path / ".smoke").mkdir()
    monkeypatch.chdir(tmp_path / ".smoke")
    assert main._where("paper") == " and ".join(f".smoke/results/{name}" for name in names)
    monkeypatch.setattr(main, "TOP", tmp_path.resolve() / "elsewhere")
    assert main._where("train") == str(tmp_path.resolve() / ".smoke/results/runs")


def test_the_end_of_a_run_is_at_most_eight_lines(monkeypatch, capsys):
    monkeypatch.delenv("DVC_ROOT", raising=False)
    failures = {i: Failure(i, f"mog/wae/{i}", "error: nan", "") for i in range(40)}
    monkeypatch.setattr(main, "snakemake", lambda _: (1, Record(failures=failures)))
    assert main.run(["paper"], 0.0) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) <= 8
    assert lines[-2].startswith("and 34 more")
    assert lines[-1].startswith("paper: 40 jobs failed")
