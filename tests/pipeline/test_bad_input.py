"""Bad input to a step: one clear line, status 1, nothing lost, no partial file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from step_commands import DATA, SPEC, draw, files, refused, train

from coupled_vae.run.cli import main


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mog.npz"
    assert main(["data", "--kind", "mog", "--args", json.dumps(DATA), "--out", str(path)]) == 0
    # The readers alone are tested: with its record any other content is refused first.
    path.with_suffix(".provenance.json").unlink()
    return path


def test_missing_data(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "nowhere.npz: no such file" in refused(capsys, train(tmp_path / "nowhere.npz"))
    assert files(tmp_path) == {}


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9])
def test_truncated_data(capsys: pytest.CaptureFixture[str], data: Path, keep: float) -> None:
    content = data.read_bytes()
    data.write_bytes(content[: int(keep * len(content))])
    assert "mog.npz: damaged" in refused(capsys, train(data))
    assert set(files(data.parent)) == {"mog.npz"}


def test_altered_data(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    with np.load(data) as archive:
        arrays = dict(archive)
    arrays["x"][0, 0] += 1
    np.savez_compressed(data, **arrays)
    assert "does not match its checksum" in refused(capsys, train(data))


def test_data_without_an_array(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    np.savez_compressed(data, x=np.zeros((3, 2), np.float32))
    assert "lacks label" in refused(capsys, train(data))


@pytest.mark.parametrize("cell", ["mog/vae/zero", "mog/vae", "mog/vae/-1"])
def test_a_seed_that_is_no_number(
    capsys: pytest.CaptureFixture[str], data: Path, cell: str
) -> None:
    assert repr(cell) in refused(capsys, train(data, cell))


def test_an_unknown_kind(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    message = refused(capsys, train(data, spec=SPEC | {"kind": "gan"}))
    assert "'gan' is unknown" in message
    assert "cvae" in message


def test_text_that_is_no_json(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    command = train(data)
    command[command.index("--spec") + 1] = "{"
    assert "--spec" in refused(capsys, command)


def test_weights_of_another_model(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    assert main(train(data)) == 0
    before = files(data.parent)
    message = refused(capsys, draw(data, "mog/wae/0"))
    assert "weights of mog/vae/0, but mog/wae/0 was asked for" in message
    assert files(data.parent) == before


def test_damaged_weights(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    assert main(train(data)) == 0
    weights = data.parent / "run" / "weights.pt"
    weights.write_bytes(weights.read_bytes()[:100])
    assert "weights.pt: its content is not what its record says" in refused(capsys, draw(data))
    weights.with_suffix(".provenance.json").unlink()
    assert "weights.pt: damaged" in refused(capsys, draw(data))
    assert not (data.parent / "run" / "draws.npz").exists()


def test_a_checkpoint_of_another_run(
    capsys: pytest.CaptureFixture[str], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file put in the place of this run's checkpoint is refused, not resumed."""
    names = []
    monkeypatch.setattr(
        "coupled_vae.pipeline.train.fit",
        lambda model, path, *rest: names.append(path) or sys.exit(),
    )
    with pytest.raises(SystemExit):
        main(train(data))
    monkeypatch.undo()
    names[0].parent.mkdir(parents=True, exist_ok=True)
    torch.save({"identity": "mog/wae/0 0123456789abcdef"}, names[0])
    assert "checkpoint of mog/wae/0 0123456789abcdef" in refused(capsys, train(data))
    assert not (data.parent / "run").exists()


def test_a_full_disk(data: Path) -> None:
    """A write that the system cuts short: no partial file, and what was there stays."""
    before = files(data.parent)
    limited = 'ulimit -f 1; exec "$@"'
    command = ["bash", "-c", limited, "bash", sys.executable, "-m", "coupled_vae", *train(data)]
    source = {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    done = subprocess.run(command, env=os.environ | source, capture_output=True, text=True)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "cannot be written" in done.stderr
    assert {k: v for k, v in files(data.parent).items() if "history" not in k} == before
    assert main(train(data)) == 0
