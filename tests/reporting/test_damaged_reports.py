"""Reports of several files: refused before the first is written, whatever is wrong with the CSV."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from coupled_vae.data import dataset as datasets
from coupled_vae.data.kinds import mog
from coupled_vae.reporting.tables.explanations import SOLVERS
from coupled_vae.reporting.tables.scaling import NAMES, QUANTITIES
from coupled_vae.run.cli import main

MODELS = [["vae", "VAE | $5"], ["cvae", r"C-VAE, $\lambda$ {"]]


def csv(header, rows):
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


def explained():
    """Sound files of the explanations."""
    rng = np.random.default_rng(0)
    draws = [[*rng.standard_normal(6).round(4), 0.5, name] for name, _ in MODELS for _ in range(5)]
    plans = [[memory, 1.5, 0.9, 0.001] for memory in (0, 0.5, 1)]
    solvers = [[t, name, 5.5, 0.01, 0.002, 30, 0.5] for t in (49, 1) for name in SOLVERS]
    return {
        "draws": csv("z1,z2,decoded1,decoded2,mean1,mean2,spread,model", draws),
        "plans": csv("memory,information,total_variation,marginal_error", plans),
        "solvers": csv("temperature,solver,value,gap,marginal_error,steps,seconds", solvers),
    }


def scaled():
    """A sound file of the scaling."""
    points = {name: [(10, 8, 2, True), (20, 8, 2, True)] for name in NAMES}
    points["pool_size"] = [(20, 8, 2, True), (20, 16, 2, True)]
    points["latent_dim"] = [(20, 8, 2, True), (20, 8, 4, True)]
    points["cost"] = [(20, 8, 2, False)]
    rows = [
        [name, *point, quantity, 0.25, "MB" if quantity.startswith("memory") else "s"]
        for name in NAMES
        for point in points[name]
        for quantity in QUANTITIES
    ]
    return csv("varies,n,pool_size,latent_dim,held,quantity,value,unit", rows)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    data = mog.generate(mog.Config(grid_side=2, spacing=1.0, std=0.05, points_per_mode=5, seed=1))
    datasets.save(folder / "data.npz", data)
    for name, text in explained().items():
        (folder / f"{name}.csv").write_text(text)
    (folder / "scaling.csv").write_text(scaled())
    return folder


@pytest.fixture
def folder(sound, tmp_path):
    return Path(shutil.copytree(sound, tmp_path / "work"))


def explanations(folder):
    command = ["explanations", "--models", json.dumps(MODELS), "--data", f"{folder}/data.npz"]
    command += [f"--{name}={folder}/{name}.csv" for name in ("draws", "plans", "solvers")]
    return [*command, "--out", f"{folder}/report"]


def scaling(folder):
    measured = f"{folder}/scaling.csv"
    return ["report-scaling", "--base", "10", "--measured", measured, "--out", f"{folder}/report"]


def refused(capsys, folder, command):
    capsys.readouterr()
    assert main(command) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert not (folder / "report").exists()
    return lines[0]


def test_sound_files_make_whole_reports(folder):
    assert main(explanations(folder)) == 0
    assert len(list((folder / "report").iterdir())) == 16  # with its record
    rows = (folder / "report" / "blur.md").read_text().splitlines()
    assert r"VAE \| \$5" in rows[2]
    shutil.rmtree(folder / "report")
    assert main(scaling(folder)) == 0
    assert len(list((folder / "report").iterdir())) == 8


GENERAL = {
    "empty": lambda text: "",
    "half": lambda text: text[: len(text) // 2],
    "a header alone": lambda text: text.splitlines()[0] + "\n",
    "no header": lambda text: text.partition("\n")[2],
    "no last line": lambda text: "\n".join(text.splitlines()[:-1]) + "\n",
    "a row twice": lambda text: text + text.splitlines()[-1] + "\n",
    "a field more": lambda text: text[:-1] + ",1\n",
    "a column more": lambda text: text.replace("\n", ",x\n"),
    "another file": lambda text: "metric,value,resampling_std\nw2_to_data,1,\n",
    "no text": lambda text: text + "\0" * 100,
    "an open quote": lambda text: text + '"',
    "text for a number": lambda text: text.replace(",0.", ",few", 1).replace(",1.5", ",few", 1),
    "infinite": lambda text: text.replace(",0.", ",1e400", 1).replace(",1.5", ",1e400", 1),
    "nan": lambda text: re.sub(r",(0\.25|0\.5|1\.5)\b", ",nan", text),
}


def cases():
    for name in ("draws", "plans", "solvers", "scaling"):
        for case in GENERAL:
            # That the last plan is missing, only the file's digest can tell.
            if (name, case) != ("plans", "no last line"):
                yield name, case


@pytest.mark.parametrize(("name", "case"), [*cases()])
def test_a_damaged_file_is_refused_before_anything_is_written(capsys, folder, name, case):
    path = folder / f"{name}.csv"
    text = path.read_text()
    assert GENERAL[case](text) != text
    path.write_text(GENERAL[case](text))
    command = scaling(folder) if name == "scaling" else explanations(folder)
    assert str(path) in refused(capsys, folder, command)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("draws", ",vae\n", ",wae\n", "5 of wae"),
        ("draws", ",0.5,vae", ",-0.5,vae", "outside 0 to inf"),
        ("plans", "1,1.5,0.9", "2,1.5,0.9", "outside 0 to 1"),
        ("plans", "0,1.5,0.9", "0,1.5,1.9", "outside 0 to 1"),
        ("plans", "0,1.5,", "0,-1.5,", "outside 0 to inf"),
        ("plans", "0.5,", "0,", "stands twice"),
        ("plans", "1,1.5", "0.1,1.5", "memory does not rise"),
        ("solvers", "49,exact", "49,simplex", "'simplex' is unknown"),
        ("solvers", "49,exact", "7,exact", "14 of 21 rows"),
        ("solvers", "30,0.5", "30.5,0.5", "not a whole number"),
        ("solvers", "30,0.5", "-30,0.5", "outside"),
        ("scaling", "cost,20", "price,20", "'price' is unknown"),
        ("scaling", "n,10", "n,0", "outside 1 to inf"),
        ("scaling", "n,10", "n,10.5", "not a whole number"),
        ("scaling", "True", "yes", "'yes' is unknown"),
        ("scaling", "update,0.25", "update,-0.25", "outside 0 to inf"),
        ("scaling", "n,10,", "n,20,", "stands twice"),
    ],
)
def test_nonsense_in_a_file_is_refused(capsys, folder, name, old, new, said):
    path = folder / f"{name}.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    command = scaling(folder) if name == "scaling" else explanations(folder)
    assert said in refused(capsys, folder, command)


@pytest.mark.parametrize("keep", [0, 1])
def test_a_scaling_that_lacks_what_varies_is_refused(capsys, folder, keep):
    """Cut at the end of a line: the last point is half there or not at all."""
    path = folder / "scaling.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[: len(lines) - len(QUANTITIES) + keep]) + "\n")
    assert "not all of 9 quantities" in refused(capsys, folder, scaling(folder))


def test_damaged_data_are_refused_before_the_tables(capsys, folder):
    (folder / "data.npz").write_bytes(b"PK")
    assert "data.npz: damaged" in refused(capsys, folder, explanations(folder))
