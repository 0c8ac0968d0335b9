"""What Figures 3 and 4 have in common: stable bytes in small files, by the command too."""

import importlib
import json

import numpy as np
import pytest
from axis_names import check_axis_names as check_axis_names
from figure_cases import LABELS, SETTINGS, STEPS, draws, given, write

from coupled_vae.data import dataset
from coupled_vae.data.dataset import Dataset
from coupled_vae.run.cli import main
from coupled_vae.runtime.files import write_arrays


def draw(kind, *args, **settings):
    importlib.import_module(f"coupled_vae.reporting.figures.{kind}").draw(given(*args, **settings))


@pytest.mark.parametrize("kind", SETTINGS)
def test_same_inputs_same_bytes_in_small_files(kind, tmp_path):
    write(tmp_path)
    for out in ("a", "b"):
        draw(kind, tmp_path, kind, out)
    for name in (f"{kind}_x.png", f"{kind}_x.svg", f"{kind}_x.pdf"):
        content = (tmp_path / "a" / name).read_bytes()
        assert content == (tmp_path / "b" / name).read_bytes()
        assert len(content) < 2e6


@pytest.mark.parametrize("kind", SETTINGS)
def test_command_writes_both_files_under_the_name(kind, tmp_path):
    text = given(write(tmp_path), kind).model_dump(mode="json")
    words = ["--kind", kind, "--name", f"{kind}_digits", "--out", str(tmp_path / "out")]
    for key in ("datasets", "settings"):
        words += [f"--{key}", json.dumps(text[key])]
    assert main(["figure", *words]) == 0
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == [f"{kind}_digits.{end}" for end in ("pdf", "png", "provenance.json", "svg")]


SHAPES = [(4, 8, 1), (5, 4, 3), (4, 4, 3), (150, 4, 1)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", SETTINGS)
def test_images_of_any_shape_without_labels(kind, shape, tmp_path):
    """And values outside of 0 to 1, which a Gaussian likelihood may have."""
    write(tmp_path)
    size, rng = int(np.prod(shape)), np.random.default_rng(0)
    x = rng.random((60, size)).astype(np.float32)
    label = np.full(60, -1)
    dataset.save(tmp_path / "data.npz", Dataset(x=x, label=label, image=shape))
    for name in LABELS:
        run = tmp_path / f"{name}.npz"
        arrays = {"code": np.load(run)["code"], **draws()}
        arrays["sample_mean"] = 3 * rng.standard_normal((20, size))
        arrays["shown_reconstruction"] = rng.random((3, size))
        arrays["interpolation"] = rng.random((3, STEPS, size))
        write_arrays(run, arrays)
    draw(kind, tmp_path, kind)
    assert len(list((tmp_path / "out").iterdir())) == 3
