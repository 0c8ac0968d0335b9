"""Nothing stale passes for up to date: lost, partial and foreign provenance, damaged artifacts."""

import json
import shutil
from pathlib import Path

import pytest
from workflow_tree import Tree

pytestmark = pytest.mark.workflow

STEPS = {
    "data": "results/data/mog.npz",
    "weights": "results/runs/mog/{}/0/weights.pt",
    "draws": "results/runs/mog/{}/0/draws.npz",
    "metrics": "results/evaluations/mog/{}/0.csv",
}
REPORTS = {"results/metrics.csv", "results/tables/table1.md", "results/figures/figure1.png"}
MOG = ("results/runs/mog/**/*.*", "results/evaluations/mog/**/*.*", "results/data/mog.*")


def copy(done: Tree, folder: Path) -> Tree:
    shutil.copytree(done.path, folder, symlinks=True)
    return Tree(folder)


def with_other_data(tree: Tree) -> None:
    params = tree.params()
    params["datasets"]["mog"]["args"]["std"] = 0.2
    tree.set_params(params)


@pytest.fixture(scope="module")
def other(done: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The finished run on other data."""
    tree = copy(done, tmp_path_factory.mktemp("other") / "tree")
    with_other_data(tree)
    tree.reproduce("paper")
    return tree


def expected(row: dict[str, str], model: str) -> list[str]:
    """The steps of a cell that must run, by what is known of the state."""
    kinds = [*STEPS]
    stale = {row["kind"]} if row["state"] != "this" else set()
    if row["changed"] == "parameter":
        # Only what the other tree made is of these parameters, and what rests on this data is not.
        stale = {"weights"} if (row["kind"], row["state"]) == ("data", "other") else {"data"}
    if row["changed"] == "code" and model == "wae":
        stale |= {"weights"}
    first = min((kinds.index(kind) for kind in stale), default=len(kinds))
    return [STEPS[kind].format(model) for kind in kinds[first:]]


def test_every_state_of_provenance(done: Tree, other: Tree, tmp_path: Path) -> None:
    """Metadata x artifacts of this or another version x parameters and code changed or not."""
    tree = copy(done, tmp_path / "tree")
    helper = Path(__file__).parents[1] / "support" / "plan_every_state.py"
    said = tree.ok("python", str(helper), str(other.path))
    rows = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert len(rows) == 3 * 4 * 13
    wrong = []
    for row in rows:
        steps = {model: expected(row, model) for model in ("vae", "wae", "cvae")}
        wanted = {step for own in steps.values() for step in own}
        known = {path.format(model) for path in STEPS.values() for model in steps}
        found = known & {*row["plan"]}
        reports = REPORTS & {*row["plan"]}
        if row["kind"] == "metrics" and row["state"] != "this" and row["changed"] == "nothing":
            reports |= {"results/figures/figure1.png"}  # rests on no metrics
        if found != wanted or reports != (REPORTS if wanted else set()):
            wrong.append((row, sorted(wanted ^ found), sorted(reports)))
    assert wrong == []


@pytest.mark.parametrize("door", ["make", "dvc", "snakemake"])
def test_through_every_door_what_is_stale_is_made_anew(
    done: Tree, other: Tree, tmp_path: Path, door: str
) -> None:
    """Provenance lost and the data exchanged for another version's: the same results again."""
    tree = copy(done, tmp_path / "tree")
    shutil.rmtree(tree.path / ".snakemake")
    for name in ("mog.npz", "mog.provenance.json"):
        shutil.copy2(other.path / "results/data" / name, tree.path / "results/data" / name)
    said = tree.ok(
        *{
            "make": ["python", "-m", "coupled_vae.run", "--dvc", "paper"],
            "dvc": ["dvc", "repro", "paper"],
            "snakemake": ["snakemake", "paper"],
        }[door]
    )
    told = [line for line in said.splitlines() if line.startswith("made anew: ")]
    assert any("results/data/mog.npz: args.std is 0.05 and was 0.2" in line for line in told)
    if door == "snakemake":  # through DVC the data come first, and weights that fit them stay
        assert any("more: its input results/data/mog.npz is another" in line for line in told)
    assert tree.bytes_of(*MOG) == done.bytes_of(*MOG)
    assert tree.plan("paper") == set()
    assert "up to date" in tree.ok("dvc", "status", "paper")


def test_changed_parameter_without_provenance_is_noticed(tree: Tree) -> None:
    shutil.rmtree(tree.path / ".snakemake")
    with_other_data(tree)
    before = tree.bytes_of("results/data/mog.npz")
    tree.reproduce("data")
    assert tree.bytes_of("results/data/mog.npz") != before
    assert "up to date" in tree.ok("dvc", "status", "data")
    assert "results/runs/mog/vae/0/weights.pt" in tree.plan("paper")


def test_a_committed_figure_passes_for_no_run(tree: Tree) -> None:
    for name in ("results/data", "results/runs", "results/evaluations", ".snakemake"):
        shutil.rmtree(tree.path / name)
    plan = tree.plan("results/figures/figure1.png")
    assert "results/figures/figure1.png" in plan
    assert "results/runs/mog/vae/0/weights.pt" in plan


DAMAGE = {
    "results/runs/mog/vae/0/weights.pt": 1000,
    "results/runs/mog/wae/0/draws.npz": 500,
    "results/evaluations/mog/vae/0.csv": 40,
    "results/explanations/plans.csv": 30,
    "results/metrics.csv": 60,
}


def test_damaged_artifacts_are_made_anew(done: Tree, tree: Tree) -> None:
    """One byte of each, size and times as before."""
    for name, place in DAMAGE.items():
        file = tree.path / name
        content = bytearray(file.read_bytes())
        content[place] ^= 1
        file.write_bytes(content)
    plan = tree.plan("paper", "explanations")
    assert plan >= {*DAMAGE} - {"results/explanations/plans.csv"}
    assert "results/explanations/draws.csv" in plan
    assert "results/runs/mog/wae/0/weights.pt" not in plan
    refused = tree.run("python", "-m", "coupled_vae", "evaluate", EVALUATE, PYTHONPATH="src")
    assert refused.returncode == 1
    assert "draws.npz: its content is not what its record says" in refused.stderr
    tree.ok("snakemake", "paper", "explanations")
    assert tree.bytes_of(*DAMAGE) == done.bytes_of(*DAMAGE)


EVALUATE = "@results/evaluations/mog/wae/0.provenance.json"


def test_several_targets_in_one_call_leave_nothing_open(tree: Tree) -> None:
    params = tree.params()
    params["models"]["wae"]["args"]["penalty"] = 7
    tree.set_params(params)
    tree.reproduce("paper", "search")
    shutil.rmtree(tree.path / ".snakemake")
    assert tree.plan("paper", "search") == set()
    assert "up to date" in tree.ok("dvc", "status", "paper", "experiments/dvc.yaml:search")


def test_an_edited_file_of_ones_own_makes_what_rests_on_it_anew(tree: Tree) -> None:
    """And nothing else; undone, nothing is to be done; a bad one is told before training."""
    rows = "".join(f"{k % 7},{k % 11}.5\n" for k in range(200))
    mine = tree.path / "mine.csv"
    mine.write_text(f"a,b\n{rows}")
    params = tree.params()
    own = params["datasets"]["mog"] | {"kind": "file", "args": {"path": "mine.csv"}}
    params["datasets"]["mine"] = own
    tree.set_params(params)
    draws = "results/runs/mine/vae/0/draws.npz"
    tree.ok("snakemake", draws)
    assert tree.plan(draws) == set()
    mine.write_text(f"a,b\n9,9\n{rows}")
    assert tree.plan(draws) == {
        "results/data/mine.npz",
        "results/data/held_out/mine.npz",
        "results/runs/mine/vae/0/weights.pt",
        draws,
    }
    assert tree.plan("paper") == set()
    mine.write_text(f"a,b\n{rows}")
    assert tree.plan(draws) == set()
    mine.write_text(f"a,b\n1,nan\n{rows}")
    refused = tree.run("snakemake", draws)
    assert refused.returncode != 0
    (line,) = {line for line in refused.stderr.splitlines() if line.startswith("error: ")}
    assert "mine.csv" in line
    assert "1 value missing" in line
