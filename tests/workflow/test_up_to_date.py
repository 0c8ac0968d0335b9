"""What runs, and what does not, after a change."""

import json
import re
from pathlib import Path

import pytest
from workflow_tree import EVERYTHING, Tree, stages_run

pytestmark = pytest.mark.workflow

# As `dvc repro` takes them: the paper's stages in dvc.yaml, all others in a file of their own.
STAGES = ("dvc.yaml", "experiments/dvc.yaml")
SEARCHED = {"wae.t00", "wae.t01", "wae.f01", "wae.c01"}
ALL = {"vae", "wae", "wae_two", "wae.small", "cvae", *SEARCHED}
DRAW = "results/runs/mog/{}/0/draws.npz"


def trained(plan: set[str]) -> set[str]:
    return {name.split("/")[-3] for name in plan if name.endswith("weights.pt")}


def test_nothing_runs_on_an_up_to_date_tree(done: Tree) -> None:
    assert done.plan(*EVERYTHING) == set()
    # The plan is made anew whenever DVC is asked (docs/decisions).
    assert done.ok("dvc", "status").split() == ["plan:", "always", "changed"]
    assert stages_run(done.ok("dvc", "repro", *STAGES)) == ["plan"]
    assert done.ok("git", "status", "--porcelain") == ""


def test_plain_dvc_makes_the_paper_and_no_more(done: Tree) -> None:
    said = done.ok("dvc", "repro", "--dry", "--force")
    assert stages_run(said) == ["plan", "data", "train", "evaluate", "paper"]


def test_every_target_holds_its_files(done: Tree) -> None:
    tables = ("tables/table1", "tables/table2", "tables/images")
    rounds = [f"search/{name}/tables" for name in ("trials", "finals", "chosen")]
    for name in (*tables, *(f"{own}/{data}" for own in rounds for data in ("mog", "digits"))):
        for ext in ("md", "csv", "tex", "narrow.tex"):
            assert (done.path / f"results/{name}.{ext}").stat().st_size
    for name in (
        "table.md",
        "table.csv",
        "table.narrow.tex",
        "figure.png",
        "figure.svg",
        "figure.pdf",
    ):
        assert (done.path / "results/studies/penalties/report" / name).stat().st_size
    for name in ("figure1", "figure3_digits", "figure4_digits"):
        for ext in ("png", "svg", "pdf"):
            assert (done.path / f"results/figures/{name}.{ext}").stat().st_size
    for name in ("tables/images.md", "figures/figure3_digits.png", "figures/figure4_digits.svg"):
        assert (done.path / "results/grids/more" / name).stat().st_size
    assert "MNIST is not run" in (done.path / "results/report.html").read_text(encoding="utf-8")
    assert "mog" in done.ok("dvc", "metrics", "show", "--md")
    assert list((done.path / "logs/results/train/mog/wae").glob("0.*"))


def test_the_report_shows_every_table_and_figure(done: Tree, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done.ok("snakemake", "--report", str(page), "--", *EVERYTHING)
    text = page.read_text(encoding="utf-8")
    entries = next(
        json.JSONDecoder().raw_decode(text, found.end())[0]
        for found in re.finditer(r"var results = (?={\s*\")", text)
    )
    folders = ("tables/*.csv", "figures/*.png", "report/*.csv", "report/*.png")
    wanted = {
        str(file.relative_to(done.path))
        for pattern in folders
        for file in done.path.glob(f"results/**/{pattern}")
    }
    assert {*entries} == wanted
    assert len(wanted) > 15
    table = (done.path / "results/tables/table1.md").read_text(encoding="utf-8")
    assert table.split("|")[1].strip() in entries["results/tables/table1.csv"]["caption"]
    assert all(len(entry["caption"]) > 60 for entry in entries.values())


ROW = "experiments.studies.penalties.rows.wae.small"
CAPTIONS = ["models.wae.label", "figures.figure1.extent", f"{ROW}.label"]
LOOKED_AT = [
    "models.wae.args.learning_rate",
    "experiments.search.seed",
    "models.vae.args.num_steps",
    "datasets.mog.problem.network.args.width",
    "experiments.paper.seeds",
    "experiments.grids.more.seeds",
    "evaluation.num_draws",
    "evaluation.bootstrap",
    f"{ROW}.args.penalty",
    f"{ROW}.problem.prior.args.half_width",
    *CAPTIONS,
]


def test_changed_keys(tree: Tree) -> None:
    helper = Path(__file__).parents[1] / "support" / "change_keys.py"
    said = tree.ok("python", str(helper), *LOOKED_AT)
    rows = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    plans = {row["key"]: set(row["plan"]) for row in rows}
    assert [*plans] == LOOKED_AT
    assert trained(plans["models.wae.args.learning_rate"]) == {"wae", "wae.small"}
    # The first trial is not drawn, and neither is what else has its arguments.
    assert trained(plans["experiments.search.seed"]) == SEARCHED - {"wae.t00"}
    assert trained(plans["models.vae.args.num_steps"]) == {"vae"}
    assert trained(plans["experiments.grids.more.seeds"]) == {"vae"}
    assert all("/grids/" in name for name in plans["experiments.grids.more.seeds"])
    assert trained(plans[f"{ROW}.args.penalty"]) == {"wae.small"}
    assert trained(plans[f"{ROW}.problem.prior.args.half_width"]) == {"wae.small"}
    assert trained(plans["datasets.mog.problem.network.args.width"]) == ALL
    # The search's winners are trained with the seeds of the paper.
    of_the_paper = {"vae", "wae", "wae_two", "cvae", "wae.c01"}
    assert trained(plans["experiments.paper.seeds"]) == of_the_paper
    assert DRAW.format("vae") in plans["evaluation.num_draws"]
    assert trained(plans["evaluation.num_draws"]) == set()
    measured = {Path(name).suffix for name in plans["evaluation.bootstrap"]}
    assert "results/evaluations/mog/vae/0.csv" in plans["evaluation.bootstrap"]
    assert not measured & {".pt", ".npz"}
    for caption in CAPTIONS:
        folders = {Path(name).parent.name for name in plans[caption] - {"results/report.html"}}
        assert folders <= {"tables", "figures", "report"}
        assert plans[caption]


def test_order_of_keys_and_comments_change_nothing(tree: Tree) -> None:
    params = tree.params()
    params["models"]["wae"]["args"] = dict(reversed(params["models"]["wae"]["args"].items()))
    tree.set_params(params)
    tree.edit("params.yaml", lambda text: "# a comment\n" + text)
    assert tree.plan(*EVERYTHING) == set()


def test_edits_of_code(tree: Tree) -> None:
    wae = "src/coupled_vae/science/models/wae.py"
    tree.edit(wae, lambda text: text.replace('"""', '"""Reworded: ', 1) + "\n# a comment\n")
    assert tree.plan(*EVERYTHING) == set()
    said = tree.ok("dvc", "repro", *STAGES)  # asks what there is to do, and nothing is
    assert stages_run(said) == ["plan"]
    assert "dvc.lock" not in tree.ok("git", "status", "--porcelain")
    tree.edit(wae, lambda text: text.replace("return {", "return {**{}, ", 1))
    plan = tree.plan(*EVERYTHING)
    assert trained(plan) == {"wae", "wae_two", "wae.small", *SEARCHED}
    assert "results/data/mog.npz" not in plan


def test_an_edit_of_a_problems_part_trains_the_cells_that_have_it(tree: Tree) -> None:
    """No import leads from a model to it: the rules must name it."""
    part = "src/coupled_vae/science/likelihoods/gaussian.py"
    tree.edit(part, lambda text: text.replace("num_heads = 2", "num_heads = 1 + 1"))
    assert trained(tree.plan(*EVERYTHING)) == ALL
