"""The comparison of results with a reference: its lines, its verdict, its exit status."""

import itertools
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from small import TOP

from coupled_vae.run import verify

SEEDS = range(5)
MEANS = {"vae": 0.7, "cvae": 0.9}
SPREAD = 0.01


def write_frame(root: Path, shift: float = 0.0) -> pd.DataFrame:
    """A frame of two models and two metrics; ``shift`` moves the values of one of its metrics."""
    rows = []
    for model, metric, seed in itertools.product(MEANS, ("ratio", "constant"), SEEDS):
        value = 25.0
        if metric == "ratio":
            value = MEANS[model] + SPREAD * (seed - 2) / np.sqrt(2.5) + shift
        rows.append(("paper", "mog", model, seed, metric, value))
    columns = ["experiment", "dataset", "model", "seed", "metric", "value"]
    frame = pd.DataFrame(rows, columns=columns)
    root.mkdir(parents=True, exist_ok=True)
    frame.to_csv(root / "metrics.csv", index=False)
    return frame


def write_all(root: Path, shift: float = 0.0, content: int = 0) -> None:
    """A frame and all that follows from it: ``content`` is the rest's, as another CPU makes it."""
    frame = write_frame(root, shift)
    means = frame.groupby(["model", "metric"])["value"].mean()
    tree = {m: {k: means[m, k] for k in ("ratio", "constant")} for m in MEANS}
    (root / "metrics.json").write_text(json.dumps({"mog": tree}))
    (root / "tables").mkdir()
    table = [f"{m},{mean},{mean + shift},{SPREAD + content / 999}" for m, mean in MEANS.items()]
    head = "model,ratio_paper,ratio_mean,ratio_seed_std"
    (root / "tables/table1.csv").write_text("\n".join([head, *table, ""]))
    (root / "tables/table1.md").write_text(f"| Model | Ratio |\n| VAE | **0.7{content}** |\n")
    record = {"job": {"code": "abc"}, "outputs": {"table1.csv": str(content)}}
    (root / "tables/table1.provenance.json").write_text(json.dumps(record))
    (root / "figures").mkdir()
    Image.new("L", (40, 30), content).save(root / "figures/figure1.png")
    (root / "figures/figure1.svg").write_text(f'<svg viewBox="0 0 4 3"><!--{content}--></svg>')
    (root / "figures/figure1.pdf").write_text(f"%PDF\n/MediaBox [ 0 0 4 3 ]\n{content}\n%%EOF\n")
    (root / "runs").mkdir()
    (root / "runs/history.csv").write_text(str(content))  # large, so not compared


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Results and their reference: as another CPU of the same code makes them."""
    monkeypatch.chdir(tmp_path)
    write_all(Path("results"), 0.3 * SPREAD, content=1)
    write_all(Path("ref/results"))
    return Path("results"), Path("ref/results")


def states(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, str], str]:
    """State of every artifact by its line, and the verdict."""
    *lines, verdict = capsys.readouterr().out.splitlines()
    assert all(line.count("results/") >= 1 for line in lines)
    return {line.split()[2].removeprefix("results/").rstrip(":"): line for line in lines}, verdict


def test_equal_bits_are_equal(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree("results")
    shutil.copytree("ref/results", "results")
    Path("results/runs/history.csv").write_text("other")
    assert verify.main(["ref"]) == 0
    lines, verdict = states(capsys)
    assert len(lines) == 8
    assert all(line.startswith("equal") for line in lines.values())
    assert verdict == "verdict: equal: every artifact has the reference's bits (8 equal)"


def test_another_cpus_numbers_are_within(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("results/tables/new.csv").write_text("model\nvae\n")
    assert verify.main(["ref/results"]) == 0  # the folder of results itself
    lines, verdict = states(capsys)
    found = {name: line.split()[0] for name, line in lines.items()}
    assert found == {
        "metrics.csv": "within",
        "metrics.json": "within",
        "tables/table1.csv": "within",
        "tables/table1.md": "form",
        "tables/table1.provenance.json": "within",
        "figures/figure1.png": "form",
        "figures/figure1.svg": "form",
        "figures/figure1.pdf": "form",
    }
    # The bound of a mean of five seeds with standard deviation 0.01: 9 * 0.01 / sqrt(5).
    assert "allowed difference 0.04" in lines["metrics.csv"]
    assert verdict.startswith("verdict: within the tolerances; ")
    assert "4 within, 4 form, 1 not in the reference" in verdict


def row(frame: pd.DataFrame, value: object) -> pd.DataFrame:
    return frame.astype({"value": object}).assign(value=[value, *frame["value"][1:]])


BAD_FRAMES: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "a mean": (
        lambda f: f.assign(value=f["value"] + 0.05 * (f["metric"] == "ratio")),
        "2 of 24 numbers; farthest: mean of paper/mog/ratio/",
    ),
    "a cell": (lambda f: row(f, 0.85), "paper/mog/ratio/vae/0 is 0.85"),
    "a metric that all seeds agree in": (
        lambda f: f.replace({"value": {25.0: 24.9}}),
        "is 24.9, reference 25",
    ),
    "rows missing": (lambda f: f[f["model"] == "vae"], "lacks 10 rows (20 are in the reference)"),
    "rows added": (lambda f: pd.concat([f, f[:5].assign(model="new")]), "adds 5 rows"),
    "a row twice": (lambda f: pd.concat([f, f[:1]]), "a row stands twice"),
    "nan": (lambda f: row(f, "nan"), "vae/0 is undefined in one of both only"),
    "infinite": (lambda f: row(f, "inf"), "is not a number"),
    "no column": (lambda f: f.drop(columns="seed"), "its columns are"),
    "no rows": (lambda f: f[:0], "it has no rows"),
}


@pytest.mark.parametrize("name", BAD_FRAMES)
def test_what_is_beyond_is_named(
    name: str, folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    change, why = BAD_FRAMES[name]
    change(write_frame(Path("results"))).to_csv("results/metrics.csv", index=False)
    assert verify.main(["ref"]) == 1
    lines, verdict = states(capsys)
    assert lines["metrics.csv"].startswith("beyond")
    assert why in lines["metrics.csv"]
    assert verdict.startswith("verdict: different (")


BAD_FILES = {
    "metrics.csv": ("", "it is empty"),
    "metrics.json": ('{"mog": {}}', "is in one of both only"),
    "tables/table1.csv": ("a,b\n1,2\n", "other rows or columns"),
    "tables/table1.md": ("| Model | Other |\n", "its words differ"),
    "tables/table1.provenance.json": ('{"job": {"code": "new"}}', "job.code differs"),
    "figures/figure1.png": ("no picture", "not a PNG"),
    "figures/figure1.svg": ('<svg viewBox="0 0 4 3">', "not an SVG"),
    "figures/figure1.pdf": ("%PDF\n/MediaBox [ 0 0 4 3 ]\n", "not a PDF"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_damaged_or_changed_file_is_named(
    name: str, folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    content, why = BAD_FILES[name]
    (Path("results") / name).write_text(content)
    assert verify.main(["ref"]) == 1
    lines, _ = states(capsys)
    assert lines[name].startswith("beyond")
    assert why in lines[name]


def test_an_undefined_mean_agrees_only_with_an_undefined_one(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    states_of = {}
    for both in (True, False):
        for folder in folders if both else folders[:1]:
            means = json.loads((folder / "metrics.json").read_text())
            means["mog"]["vae"]["ratio" if both else "constant"] = None
            (folder / "metrics.json").write_text(json.dumps(means))
        verify.main(["ref"])
        states_of[both] = states(capsys)[0]["metrics.json"]
    assert states_of[True].startswith("within")
    assert "mog/vae/constant is undefined in one of both only" in states_of[False]


def test_a_number_of_the_paper_may_not_differ(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    table = Path("results/tables/table1.csv")
    table.write_text(table.read_text().replace("vae,0.7,", "vae,0.71,"))
    assert verify.main(["ref"]) == 1
    assert "ratio_paper of vae is 0.71" in states(capsys)[0]["tables/table1.csv"]


def test_a_missing_file_is_named(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("results/metrics.csv").unlink()
    Path("results/figures/figure1.png").unlink()
    assert verify.main(["ref"]) == 1
    lines, verdict = states(capsys)
    assert lines["metrics.csv"] == "missing frame   results/metrics.csv"
    assert "2 missing" in verdict


def test_a_single_seed_has_no_spread_and_is_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, shift in (("results", 0.3), ("ref", 0.0)):
        frame = write_frame(Path(folder), shift)
        frame[frame["seed"] == 0].to_csv(f"{folder}/metrics.csv", index=False)
    assert verify.main(["ref"]) == 0
    assert states(capsys)[0]["metrics.csv"].startswith("form")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nosuch", "no git repository; give a folder"),
        ("a\nb", "is no folder"),
        ("empty", "the reference has no results"),
    ],
)
def test_a_bad_reference_is_one_line(
    name: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert verify.main([name]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert said in shown.err


def test_results_that_are_not_there_are_one_line(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree("results")
    assert verify.main(["ref"]) == 1
    assert capsys.readouterr().err == "error: there is no folder results here; run make reproduce\n"


def test_without_git_a_folder_is_asked_for(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert verify.main([]) == 1
    assert "there is no git here; give a folder" in capsys.readouterr().err
    assert verify.main(["ref"]) == 0


def test_a_commit_is_a_reference_also_below_the_repositorys_top(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["init", "--quiet"], ["add", "ref"], ["commit", "--quiet", "-m", "results"]):
        who = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
        subprocess.run(["git", *who, *command], check=True)
    monkeypatch.chdir("ref")
    assert verify.main([]) == 0
    assert states(capsys)[1].startswith("verdict: equal")
    write_frame(Path("results"), shift=1.0)
    assert verify.main(["HEAD"]) == 1
    assert states(capsys)[0]["metrics.csv"].startswith("beyond")
    assert verify.main(["HEAD~9"]) == 1
    assert "no commit with results" in capsys.readouterr().err


def test_the_committed_results_are_equal_to_themselves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(TOP)
    assert verify.main([str(TOP)]) == 0
    lines, verdict = states(capsys)
    assert verdict.startswith("verdict: equal")
    assert {"metrics.csv", "tables/table1.md", "figures/figure1.svg", "plan.yaml"} <= {*lines}


def test_the_committed_frames_are_within_when_each_value_moves_a_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every frame of metrics is read, and its spreads are found."""
    monkeypatch.chdir(tmp_path)
    frames = [TOP / "results/metrics.csv", *TOP.glob("results/studies/*/metrics.csv")]
    for path in frames:
        target = tmp_path / path.relative_to(TOP)
        target.parent.mkdir(parents=True)
        frame = pd.read_csv(path)
        frame.assign(value=frame["value"] * (1 + 1e-6)).to_csv(target, index=False, na_rep="nan")
        reference = tmp_path / "ref" / path.relative_to(TOP)
        reference.parent.mkdir(parents=True)
        shutil.copy(path, reference)
    assert verify.main(["ref"]) == 0
    lines, _ = states(capsys)
    assert len(lines) == len(frames) > 3
    assert all(line.startswith("within") for line in lines.values())
