"""Cells in bulk: what a chunk leaves is what each cell's own command would have written."""

import json
from pathlib import Path

import pytest

from coupled_vae import chunk, stash
from coupled_vae.errors import UserError


def command(step, *words, out):
    return [step, *map(str, words), "--out", str(out)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.npz").write_text("data")
    return tmp_path


def steps(seed):
    run = Path(f"runs/{seed}")
    return [
        command("train", "--cell", seed, "--data", "data.npz", out=run),
        command("draw", "--cell", seed, f"--weights={run}/weights.pt", out=run / "draws.npz"),
    ]


class Steps:
    """Writes what it was told and has read; fails as it is told to."""

    def __init__(self, *failing):
        self.failing, self.ran = failing, []

    def __call__(self, words):
        self.ran.append((words[0], words[words.index("--cell") + 1]))
        if self.ran[-1] in self.failing:
            raise UserError(f"{self.ran[-1]} failed")
        out = Path(words[words.index("--out") + 1])
        if words[0] == "train":
            (out / "weights.pt").write_text(f"weights of {words[2]}")
        else:
            (weights,) = [Path(w.partition("=")[2]) for w in words if w.startswith("--weights=")]
            out.write_text(f"draws from {weights.read_text()}")


def run(cells, step, together=lambda commands: None):
    Path("plan.json").write_text(json.dumps(cells))
    chunk.run_cells(Path("plan.json"), Path("stash"), step, together)


@pytest.fixture
def stashed(monkeypatch):
    monkeypatch.setenv(stash.STASH, "stash")


def test_each_cell_takes_its_own(folder, stashed):
    run([steps(0), steps(1)], Steps())
    assert not Path("runs").exists()
    for seed in (0, 1):
        for one in steps(seed):
            assert stash.take(one)
        assert Path(f"runs/{seed}/weights.pt").read_text() == f"weights of {seed}"
        assert Path(f"runs/{seed}/draws.npz").read_text() == f"draws from weights of {seed}"
        assert {file.name for file in Path(f"runs/{seed}").iterdir()} == {"weights.pt", "draws.npz"}


def test_nothing_is_taken_where_there_are_no_chunks(folder):
    assert not stash.take(steps(0)[0])


@pytest.mark.parametrize("change", ["an input", "an argument", "the weights"])
def test_what_was_computed_of_something_else_is_not_taken(folder, stashed, change):
    run([steps(0)], Steps())
    train, draw = steps(0)
    if change == "an input":
        Path("data.npz").write_text("other data")
        wanted = train
    elif change == "an argument":
        wanted = [*train, "--code", "other"]
    else:
        stash.take(train)
        Path("runs/0/weights.pt").write_text("other weights")
        wanted = draw
    with pytest.raises(UserError, match="its chunk did not come to it"):
        stash.take(wanted)


def test_a_failed_cell_tells_its_error_and_the_others_are_run(folder, stashed):
    with pytest.raises(UserError, match=r"1 of 3 cells failed; the first: .*'train', '1'"):
        run([steps(0), steps(1), steps(2)], Steps(("train", "1")))
    assert stash.take(steps(2)[0])
    with pytest.raises(UserError, match="'train', '1'"):
        stash.take(steps(1)[0])


def test_a_chunk_run_again_repeats_no_finished_step(folder, stashed):
    first = Steps(("draw", "1"))
    with pytest.raises(UserError):
        run([steps(0), steps(1)], first)
    again = Steps()
    run([steps(0), steps(1)], again)
    assert again.ran == [("draw", "1")]
    assert stash.take(steps(1)[0])
    assert stash.take(steps(1)[1])


def test_an_unexpected_error_is_told_too(folder, stashed):
    def broken(words):
        raise ZeroDivisionError

    with pytest.raises(UserError, match="1 of 1 cells failed; the first: ZeroDivisionError"):
        run([steps(0)], broken)


def test_full_disk(folder, stashed, monkeypatch):
    run([steps(0)], Steps())

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stash.shutil, "copyfile", full)
    with pytest.raises(UserError, match="cannot be written: No space left on device"):
        stash.take(steps(0)[0])
    assert not [file for file in Path("runs").rglob("*") if file.is_file()]


def test_only_commands_that_differ_in_the_seed_are_trained_together(folder, stashed):
    def cell(model, seed, *words):
        name = f"mog/{model}/{seed}"
        return [command("train", "--cell", name, *words, out=Path("runs") / name)]

    asked = []
    cells = [cell("vae", 0), cell("wae", 0), cell("vae", 1), cell("vae", 2, "--code", "other")]
    run(cells, Steps(), asked.append)
    assert asked == [[*cells[0], *cells[2]]]
    run([*cells, cell("vae", 3)], Steps(), asked.append)  # the others are in the stash
    assert len(asked) == 1
