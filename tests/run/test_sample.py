"""``coupled-vae sample``: a file of draws in the units of the data, or one line."""

import numpy as np
import pytest
from model_cases import DATASET, PARAMS

from coupled_vae.plan.fitting import fit
from coupled_vae.run.cli import main


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fitted")
    args = PARAMS.models["vae"].args | {"num_steps": 5}
    model = fit(DATASET.x * 50 + 7, "vae", args=args, folder=folder / "run", progress=False)
    return str(folder / "run"), model


def test_the_draws_are_those_of_python(run, tmp_path):
    folder, model = run
    expected = model.sample(30, seed=4)
    for name in ("x.npy", "x.csv", "x.npz"):
        assert (
            main(["sample", folder, "-n", "30", "--seed", "4", "--out", str(tmp_path / name)]) == 0
        )
    assert np.array_equal(np.load(tmp_path / "x.npy"), expected)
    assert np.array_equal(np.load(tmp_path / "x.npz")["x"], expected)
    table = np.loadtxt(tmp_path / "x.csv", delimiter=",", skiprows=1)
    assert np.array_equal(table, expected)
    assert (tmp_path / "x.csv").read_text().startswith("x0,x1\n")
    assert main(["sample", folder, "-n", "3", "--mean", "--out", str(tmp_path / "m.npy")]) == 0
    assert np.array_equal(np.load(tmp_path / "m.npy"), model.sample(3, mean=True))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"-n": "0"}, "n is 0"),
        ({"-n": "many"}, "-n 'many'"),
        ({"--seed": "-1"}, "seed is -1"),
        ({"--out": "x.txt"}, ".npy, .csv, .npz"),
        ({"RUN": "nowhere"}, "no such folder"),
    ],
)
def test_what_cannot_be_is_one_line_and_no_file(run, tmp_path, monkeypatch, capsys, changes, said):
    monkeypatch.chdir(tmp_path)
    words = {"RUN": run[0], "-n": "3", "--seed": "0", "--out": "x.npy"} | changes
    folder = words.pop("RUN")
    options = [word for pair in words.items() for word in pair]
    assert main(["sample", folder, *options]) == 1
    text = capsys.readouterr().err
    assert said in text
    assert len(text.splitlines()) == 1
    assert not [*tmp_path.iterdir()]
