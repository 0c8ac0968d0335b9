"""Real runs: one model retrained, killed and resumed, fresh clones, failures, two at once."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from workflow_tree import EVERYTHING, Tree, clone, environment, stages_run

pytestmark = pytest.mark.workflow

WEIGHTS = "results/runs/mog/*/0/weights.pt"
REPORTS = ["results/metrics.csv", "results/tables/table*", "results/figures/*"]
SEARCHED = ("results/search/trials/metrics.*", "results/search/finals/metrics.*")
DIGITS = {"figure3_digits", "figure4_digits"}  # which rest on no cell that is trained anew
WAE = "src/coupled_vae/science/models/wae.py"
HOLD = (
    "import time; from coupled_vae.run import guard;guard.hold_lock(); print('held', flush=True); "
)


def longer(tree: Tree) -> None:
    """Give one model more to do, so that it can be caught at it."""
    params = tree.params()
    params["models"]["wae"]["args"]["num_steps"] = 400
    tree.set_params(params)


def copy(done: Tree, folder: Path) -> Tree:
    shutil.copytree(done.path, folder, symlinks=True)
    return Tree(folder)


@pytest.fixture(scope="module")
def changed(done: Tree, tmp_path_factory: pytest.TempPathFactory) -> tuple[Tree, str]:
    """A tree reproduced after one argument of one model was changed, and what was said."""
    tree = copy(done, tmp_path_factory.mktemp("changed") / "tree")
    longer(tree)
    return tree, tree.reproduce("paper", COUPLED_VAE_CHECKPOINT_SECONDS="0")


def test_one_changed_argument_retrains_that_model_alone(
    done: Tree, changed: tuple[Tree, str]
) -> None:
    tree, said = changed
    assert "trained mog/wae (seed 0);" in said
    before, after = done.bytes_of(WEIGHTS), tree.bytes_of(WEIGHTS)
    assert {name for name in before if before[name] != after[name]} == {
        "results/runs/mog/wae/0/weights.pt"
    }
    assert tree.plan("paper") == set()
    assert "up to date" in tree.ok("dvc", "status", "paper")


def test_killed_and_run_again(done: Tree, changed: tuple[Tree, str], tmp_path: Path) -> None:
    """Kill -9 of front door and Snakemake while a job trains: same bits, nothing done twice."""
    tree = copy(done, tmp_path / "tree")
    longer(tree)
    command = [sys.executable, "-m", "coupled_vae.run", "--dvc", "paper"]
    slow = environment(COUPLED_VAE_CHECKPOINT_SECONDS="0")
    run = subprocess.Popen(command, cwd=tree.path, env=slow, stderr=subprocess.DEVNULL)
    give_up = time.monotonic() + 120
    while not list(tree.path.glob("results/checkpoints/mog/wae/0/*.pt")):
        assert run.poll() is None
        assert time.monotonic() < give_up
        time.sleep(0.02)
    run.kill()
    run.wait()
    # No report of the earlier run may stand while its runs are being replaced.
    assert {Path(name).name.split(".")[0] for name in tree.bytes_of(*REPORTS)} <= DIGITS
    said = tree.reproduce("paper")
    assert "trained mog/wae (seed 0);" in said
    assert "mog/vae " not in said
    assert tree.bytes_of(WEIGHTS) == changed[0].bytes_of(WEIGHTS)
    assert tree.bytes_of("results/**/.*.pt") == {}
    assert tree.plan("paper") == set()


def test_in_chunks_the_same_cells_and_bits(
    done: Tree, changed: tuple[Tree, str], tmp_path: Path
) -> None:
    tree = copy(done, tmp_path / "tree")
    longer(tree)
    params = tree.params()
    params["experiments"]["paper"]["seeds"] = [0, 1]
    params["experiments"]["paper"]["datasets"] = ["mog"]
    tree.set_params(params)
    said = tree.reproduce("paper", COUPLED_VAE_CHUNK="2")
    (trained,) = [line for line in said.splitlines() if "; trained " in line]
    assert "mog/vae (seed 1)" in trained
    assert "mog/wae_two (seed 1)" in trained
    assert re.search(r"mog/wae \(seed (0, 1|1, 0)\)", trained)  # in the order of finishing
    logs = [file.name for file in tree.path.glob("logs/chunks/*.log")]
    assert "results_mog_wae_0_and_1.log" in logs
    assert len(logs) == 4
    assert tree.bytes_of(WEIGHTS) == changed[0].bytes_of(WEIGHTS)
    assert not (tree.path / "results/checkpoints/chunks").exists()
    assert tree.plan("paper") == set()


def test_a_cell_that_fails_in_its_chunk_is_told_as_ever(done: Tree, tmp_path: Path) -> None:
    tree = copy(done, tmp_path / "tree")
    params = tree.params()
    params["experiments"]["paper"] |= {"datasets": ["mog"], "models": ["vae", "wae", "cvae"]}
    tree.set_params(params)
    loss = '"loss": reconstruction'
    tree.edit(WAE, lambda text: text.replace(loss, f"{loss} * float('inf')"))
    failed = tree.run("python", "-m", "coupled_vae.run", "train", COUPLED_VAE_CHUNK="2")
    assert failed.returncode == 1
    told = [line for line in failed.stderr.splitlines() if line.startswith("failed: ")]
    assert len(told) == 2
    assert told[0].startswith("failed: chunks/results_mog_wae_0: error: 1 of 1 cells failed; ")
    assert told[1].startswith("failed: results/train/mog/wae/0: error: ")
    assert all("training stopped and nothing was written" in line for line in told)


def test_fresh_clone_and_pull_has_nothing_to_run(done: Tree, tmp_path: Path) -> None:
    tree = clone(done.path, tmp_path / "clone")
    tree.ok("dvc", "pull", "--quiet")
    assert tree.plan(*EVERYTHING) == set()
    said = tree.ok("dvc", "repro", "dvc.yaml", "experiments/dvc.yaml")
    assert stages_run(said) == ["plan"]  # which always runs
    assert tree.ok("git", "status", "--porcelain") == ""


def test_fresh_clone_without_pull_really_trains(done: Tree, tmp_path: Path) -> None:
    """Committed reports satisfy no run; those that are made anew do not outlive one that fails."""
    tree = clone(done.path, tmp_path / "clone")
    assert set(tree.bytes_of(*REPORTS)) == set(done.bytes_of(*REPORTS))
    plan = tree.plan()
    assert {f"results/runs/mog/{m}/0/weights.pt" for m in ("vae", "wae", "wae_two")} <= plan
    assert {"results/metrics.csv", "results/tables/table1.md"} <= plan
    failed = tree.run("snakemake", "paper", COUPLED_VAE_CHECKPOINT_SECONDS="soon")
    assert failed.returncode != 0
    assert "COUPLED_VAE_CHECKPOINT_SECONDS='soon' is not a number" in failed.stderr
    assert tree.bytes_of(*REPORTS) == {}
    tree.ok("git", "checkout", "--quiet", "results")
    failed = tree.run("dvc", "repro", "paper", COUPLED_VAE_CHECKPOINT_SECONDS="soon")
    assert failed.returncode != 0
    told = [line for line in failed.stderr.splitlines() if line.startswith("failed: ")]
    assert len(told) == 6
    assert "logs/results/train/mog/" in failed.stderr  # of the first six that failed
    assert "Traceback" not in failed.stderr


def test_the_main_job_in_a_fresh_clone_leaves_it_as_it_was(done: Tree, tmp_path: Path) -> None:
    """Equal parameters and code, so equal files; nothing that it does not make is deleted."""
    tree = clone(done.path, tmp_path / "clone")
    said = tree.reproduce("paper")
    assert "mog/wae (seed 0)" in said
    assert "withdrawn" not in said
    assert tree.ok("git", "status", "--porcelain") == ""
    assert tree.bytes_of(WEIGHTS) == done.bytes_of(WEIGHTS)


def test_a_cell_outside_the_grid_withdraws_nothing(tree: Tree) -> None:
    before = tree.bytes_of("results/**/*.*")
    said = tree.ok("snakemake", "results/runs/mog/wae/7/weights.pt")
    assert "withdrawn" not in said
    after = tree.bytes_of("results/**/*.*")
    assert {name: after[name] for name in before} == before
    assert {Path(name).parent.as_posix() for name in set(after) - set(before)} == {
        "results/runs/mog/wae/7",
        "results/timings/mog/wae",
    }


def test_a_changed_parameter_withdraws_what_rests_on_it_alone(tree: Tree) -> None:
    params = tree.params()
    params["models"]["wae"]["args"]["penalty"] = 7
    tree.set_params(params)
    study = tree.bytes_of("results/studies/*/report/*", "results/studies/*/metrics.*")
    search = tree.bytes_of(*SEARCHED)
    said = tree.ok("python", "-m", "coupled_vae.run", "train")
    assert "withdrawn until made anew" in said
    assert tree.bytes_of("results/metrics.csv", "results/tables/table1.md") == {}
    # The study has rows of WAE; the search has a base of its own.
    assert study
    assert tree.bytes_of("results/studies/*/report/*", "results/studies/*/metrics.*") == {}
    assert tree.bytes_of(*SEARCHED) == search


def test_snakemake_alone_keeps_reports_that_are_up_to_date(tree: Tree) -> None:
    """One argument of one dataset's cells: the figures of the others are not made again."""
    digits = "results/figures/figure*_digits.png"
    before = tree.bytes_of(digits)
    times = {file: file.stat().st_mtime_ns for file in tree.path.glob(digits)}
    params = tree.params()
    params["models"]["vae"]["args"]["num_steps"] += 1
    tree.set_params(params)
    tree.ok("snakemake", "paper")
    assert tree.bytes_of(digits) == before
    assert {file: file.stat().st_mtime_ns for file in tree.path.glob(digits)} == times
    assert tree.plan("paper") == set()


@pytest.mark.parametrize("command", ["run.py", "make", "snakemake"])
def test_two_runs_at_once(tree: Tree, command: str) -> None:
    longer(tree)
    path = environment()
    path["PYTHONPATH"] = os.pathsep.join([".", "src"])
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD + "time.sleep(600)"],
        cwd=tree.path,
        env=path,
        stdout=subprocess.PIPE,
    )
    with contextlib.ExitStack() as stack:
        stack.callback(holder.wait)
        stack.callback(holder.kill)
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        before = tree.bytes_of("results/**/*.*")
        second = tree.run(
            *{
                "run.py": ["python", "-m", "coupled_vae.run", "paper"],
                "make": ["python", "-m", "coupled_vae.run", "--dvc", "paper"],
                "snakemake": ["snakemake", "--quiet", "all", "--", "paper"],
            }[command]
        )
        assert second.returncode != 0
        lines = [line for line in second.stderr.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1
        assert f"another run (process {holder.pid}, since " in lines[0]
        assert "Traceback" not in second.stderr
        assert tree.bytes_of("results/**/*.*") == before


def test_leftovers_of_a_killed_run_are_stopped(tree: Tree) -> None:
    """A job that outlives its run would write beside the next one."""
    path = environment()
    path["PYTHONPATH"] = os.pathsep.join([".", "src"])
    child = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True); "
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD + child + "time.sleep(600)"],
        cwd=tree.path,
        env=path,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    left = int(holder.stdout.readline())
    holder.kill()
    holder.wait()
    try:
        assert "nothing to do" in tree.ok("python", "-m", "coupled_vae.run", "data")
        time.sleep(0.2)
        stat = Path(f"/proc/{left}/stat")
        if Path("/proc/self/environ").exists():
            assert not stat.exists() or stat.read_text().split()[2] == "Z"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(left, signal.SIGKILL)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("models", "wae", "kind"), "wea", "models.wae.kind 'wea' is unknown"),
        (("models", "wae", "args", "penalty"), -1, "models.wae.args.penalty -1"),
    ],
)
def test_bad_parameters_are_one_line(
    tree: Tree, path: tuple[str, ...], value: object, words: str
) -> None:
    params = tree.params()
    section = params
    for key in path[:-1]:
        section = section[key]
    section[path[-1]] = value
    tree.set_params(params)
    before = tree.bytes_of("results/**/*.*")
    for command in (
        ["python", "-m", "coupled_vae.run", "--dvc", "paper"],
        ["snakemake", "--dry-run"],
        ["snakemake"],
    ):
        done = tree.run(*command)
        assert done.returncode == 1
        profile = "Using workflow specific profile"  # said by Snakemake before anything else
        lines = [x for x in done.stderr.splitlines() if x and not x.startswith(profile)]
        assert len(lines) == 1, done.stderr
        assert lines[0].startswith("error: params.yaml: ")
        assert words in lines[0]
    through_dvc = tree.run("dvc", "repro", "paper")
    assert through_dvc.returncode != 0
    assert words in through_dvc.stderr
    assert "Traceback" not in through_dvc.stderr
    assert tree.bytes_of("results/**/*.*") == before


def test_values_come_from_the_parameter_file_alone(tree: Tree) -> None:
    done = tree.run("snakemake", "--dry-run", "--config", "evaluation={'num_draws': 5}")
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("error: --config")


def test_prune_deletes_what_is_no_longer_named(tree: Tree) -> None:
    params = tree.params()
    params["experiments"]["paper"]["models"] = ["vae", "wae", "cvae"]
    tree.set_params(params)
    before = set(tree.bytes_of("results/**/*.*"))
    said = tree.ok("python", "-m", "coupled_vae.run.prune", FORCE="1")
    gone = before - set(tree.bytes_of("results/**/*.*"))
    assert gone == {name for name in before if "/wae_two" in name}
    assert f"{len(gone)} files deleted" in said
