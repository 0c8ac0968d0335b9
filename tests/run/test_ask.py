"""What deletes files says what it would delete, and asks: ``make prune`` and ``make unlock``."""

import io
from pathlib import Path

import pytest

from coupled_vae.run import ask, guard, prune, unlock
from coupled_vae.runtime.errors import UserError, exit_status

ORPHAN = Path("results/runs/mog/old/0/draws.npz")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file that no cell has, and a lock of Snakemake; no lock is held in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(guard, "hold_lock", lambda: None)
    monkeypatch.setattr(prune, "orphans", lambda: [ORPHAN] if ORPHAN.exists() else [])
    monkeypatch.setattr(unlock, "release", lambda: next(unlock.LOCKS.iterdir()).unlink())
    monkeypatch.delenv(ask.FORCE, raising=False)
    for file in (ORPHAN, prune.CHECKPOINTS / "mog/vae/0.pt", unlock.LOCKS / "0.input.lock"):
        file.parent.mkdir(parents=True)
        file.write_text("x")
    return tmp_path


def answer(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.mark.parametrize("text", ["n\n", "\n", "perhaps\n"])
def test_no_changes_nothing(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for program in (prune, unlock):
        answer(text, monkeypatch)
        assert program.main() == 0
        assert capsys.readouterr().out.endswith("? [y/N] nothing was changed\n")
    assert ORPHAN.exists()
    assert list(unlock.LOCKS.iterdir())


def test_yes_deletes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answer("y\n", monkeypatch)
    assert prune.main() == 0
    out = capsys.readouterr().out
    action = "delete these 1 files (0.0 MB) and all unfinished training (results/checkpoints)"
    assert out == f"{ORPHAN}\n{action}? [y/N] 1 files deleted\n"
    assert list(Path("results").iterdir()) == []
    answer("Yes\n", monkeypatch)
    assert unlock.main() == 0
    assert "delete 1 lock files of Snakemake in .snakemake/locks? " in capsys.readouterr().out
    assert list(unlock.LOCKS.iterdir()) == []


def test_force_does_not_ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(ask.FORCE, "1")
    assert (prune.main(), unlock.main()) == (0, 0)
    assert "?" not in capsys.readouterr().out
    assert not ORPHAN.exists()
    assert list(unlock.LOCKS.iterdir()) == []
    assert (prune.main(), unlock.main()) == (0, 0)
    assert capsys.readouterr().out.splitlines() == [
        "every result belongs to params.yaml; nothing to delete",
        "nothing is locked",
    ]


@pytest.mark.parametrize("program", [prune, unlock])
def test_where_nobody_answers_nothing_is_changed(
    program: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer("", monkeypatch)
    assert exit_status(program.main) == 1  # type: ignore[attr-defined]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: nobody answered whether to delete ")
    assert line.endswith("nothing was changed; FORCE=1 needs no answer")
    assert ORPHAN.exists()


def test_a_run_at_work_is_not_unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    def held() -> None:
        raise UserError("another run works here")

    monkeypatch.setattr(guard, "hold_lock", held)
    monkeypatch.setenv(ask.FORCE, "1")
    with pytest.raises(UserError, match="another run"):
        unlock.main()
    assert list(unlock.LOCKS.iterdir())
