"""Records: what made an artifact, and what is refused where they do not fit."""

import json
from pathlib import Path

import numpy as np
import pytest

from coupled_vae.plan import provenance
from coupled_vae.plan.jobs import DataJob, Job
from coupled_vae.plan.provenance import Digests, execute
from coupled_vae.run.cli import main
from coupled_vae.runtime.errors import UserError

ARGS = {"grid_side": 2, "spacing": 1.0, "std": 0.05, "points_per_mode": 5, "seed": 1}


def job(out: str = "results/data/mog.npz", **changes: object) -> DataJob:
    args = ARGS | changes
    return DataJob(kind="mog", args=args, held_out=False, files=[], out=Path(out), code="c0de")


class Copy(Job):
    """Copies its input, in capitals."""

    command = "copy"
    source: Path
    out: Path

    def inputs(self) -> list[Path]:
        return [self.source]

    def outputs(self) -> list[Path]:
        return [self.out]

    def run(self) -> None:
        self.out.parent.mkdir(parents=True, exist_ok=True)
        self.out.write_text(self.source.read_text().upper())


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def chain() -> tuple[Copy, Copy]:
    Path("mine.txt").write_text("text")
    first = Copy(source=Path("mine.txt"), out=Path("a/first.txt"))
    return first, Copy(source=first.out, out=Path("b/second.txt"))


def test_a_record_says_what_made_the_file_and_holds_nothing_of_the_time() -> None:
    execute(job())
    path = Path("results/data/mog.provenance.json")
    record = provenance.read(path)
    assert record.command == "data"
    assert record.text() == job().text()
    assert record.outputs == {"mog.npz": provenance.sha256(Path("results/data/mog.npz"))}
    before = path.read_bytes()
    execute(job())
    assert path.read_bytes() == before


def test_a_record_is_a_job_that_can_be_run_again(capsys: pytest.CaptureFixture[str]) -> None:
    execute(job())
    data = Path("results/data/mog.npz")
    before = data.read_bytes()
    data.unlink()
    assert main(["data", "@results/data/mog.provenance.json"]) == 0
    assert data.read_bytes() == before
    assert main(["data", "@nowhere.json"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_specification_goes_down_to_the_readers_own_files() -> None:
    first, second = chain()
    execute(first)
    execute(second)
    before = provenance.read(second.record()).specification
    execute(second)
    assert provenance.read(second.record()).specification == before
    Path("mine.txt").write_text("TEXT")  # first.txt is the same then
    execute(first)
    execute(second)
    assert provenance.read(second.record()).inputs["a/first.txt"] == provenance.sha256(first.out)
    assert provenance.read(second.record()).specification != before


def test_the_specification_has_the_arguments_and_the_code() -> None:
    known = {
        provenance.specification(own, {})
        for own in (job(), job(std=0.06), job().model_copy(update={"code": "other"}), job("x.npz"))
    }
    assert len(known) == 4


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.write_text("OTHER"), "its content is not what its record"),
        (lambda path: path.unlink(), "no such file"),
    ],
)
def test_a_damaged_input_is_refused_before_the_job_runs(damage, words: str) -> None:
    first, second = chain()
    execute(first)
    damage(first.out)
    with pytest.raises(UserError, match=words):
        execute(second)
    assert not second.out.exists()
    assert not second.record().exists()


def test_a_file_of_another_place_is_refused_with_its_record() -> None:
    first, second = chain()
    execute(first)
    other = Copy(source=Path("mine.txt"), out=Path("c/first.txt"))
    execute(other)
    for name in ("first.txt", "first.provenance.json"):
        Path("c", name).replace(Path("a", name))
    with pytest.raises(UserError, match="belongs to c, as its record says"):
        execute(second)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"command": 1}', "\xff"])
def test_a_damaged_record_is_one_line(text: str) -> None:
    first, second = chain()
    execute(first)
    first.record().write_text(text, encoding="latin-1")
    with pytest.raises(UserError, match=r"first\.provenance\.json: damaged; run again") as error:
        execute(second)
    assert len(str(error.value).splitlines()) == 1


def test_a_readers_own_file_needs_no_record() -> None:
    first, _ = chain()
    execute(first)
    assert first.out.read_text() == "TEXT"


def doubt(own: Job) -> str:
    record = provenance.read(own.record())
    return provenance.doubt(own.record(), record, Digests(Path("digests.json")))


def test_artifacts_vouch_for_themselves() -> None:
    first, second = chain()
    execute(first)
    execute(second)
    assert doubt(first) == doubt(second) == ""
    second.out.write_text("other")
    assert doubt(second) == "second.txt was changed or damaged"
    execute(second)
    first.out.write_text("other")
    assert doubt(second) == "its input a/first.txt is another one now"
    first.out.unlink()
    assert doubt(second) == "its input a/first.txt is missing"
    assert doubt(first) == "first.txt is missing"


def test_digests_are_remembered_and_notice_a_change_whose_times_were_set_back() -> None:
    import os

    path = Path("file.bin")
    path.write_bytes(b"one")
    stat = path.stat()
    digests = Digests(Path("memory.json"))
    first = digests.of("file.bin")
    digests.save()
    again = Digests(Path("memory.json"))
    assert again.of("file.bin") == first == provenance.sha256(path)
    assert not again.new
    path.write_bytes(b"two")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert Digests(Path("memory.json")).of("file.bin") == provenance.sha256(path) != first
    assert digests.of("nowhere") is None


@pytest.mark.parametrize("text", ["", "[", "[1]", '{"file.bin": 3}', '{"file.bin": [1, 2]}'])
def test_a_damaged_memory_of_digests_is_forgotten(text: str) -> None:
    Path("file.bin").write_bytes(b"one")
    Path("memory.json").write_text(text)
    assert Digests(Path("memory.json")).of("file.bin") == provenance.sha256(Path("file.bin"))


def test_the_text_of_a_job_is_what_its_record_gives() -> None:
    odd = job(std=0.012345678901234567)
    execute(odd)
    record = provenance.read(odd.record())
    assert record.text() == odd.text() == DataJob.parse(odd.text()).text()
    assert json.loads(odd.text())["args"]["std"] == 0.012345678901234567
    np.testing.assert_equal(DataJob.parse(odd.text()), odd)
