"""Smoke cells through a private SLURM of two nodes against the same ones here.

``python benchmarks/slurm_grid.py 10 10``: ten seeds of the five models on the mixture, in chunks
of ten. Needs what ``make slurm-test`` installs. The queue is looked at twice a second, as suits a
cluster of one's own. Times are on the clock, from the command to its end.
"""

import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests/support"))

from cluster import missing  # type: ignore[import-not-found]  # noqa: E402
from runs import private_cluster, submitting  # type: ignore[import-not-found]  # noqa: E402
from workflow_tree import Tree, small_tree  # type: ignore[import-not-found]  # noqa: E402

MODELS = ["vae", "vae_nf", "wae", "infovae", "cvae"]


def tree_of(folder: Path, seeds: int) -> Tree:
    """The five models on the small mixture, reported as the paper's grid is."""
    tree = small_tree(folder)
    params = tree.params()
    own = {"datasets": ["mog"], "models": MODELS, "seeds": list(range(seeds))}
    params["experiments"]["paper"] |= own
    tree.set_params(params)
    return tree


def seconds(tree: Tree, chunk: str, **env: str) -> float:
    """Time of ``make reproduce`` without DVC."""
    start = time.perf_counter()
    tree.ok("python", "-m", "coupled_vae.run", "paper", COUPLED_VAE_CHUNK=chunk, **env)
    return time.perf_counter() - start


def main() -> None:
    """Print both times and whether the results are the same."""
    seeds, chunk = int(sys.argv[1]), sys.argv[2]
    if names := missing():
        sys.exit(f"not installed: {', '.join(names)}; `make slurm-test` installs SLURM")
    with tempfile.TemporaryDirectory() as name:
        here, there = (tree_of(Path(name) / place, seeds) for place in ("here", "there"))
        with private_cluster() as cluster:
            submitted = seconds(there, chunk, **submitting(cluster))
        local = seconds(here, chunk)
        cells = seeds * len(MODELS)
        mine, other = (tree.bytes_of("results/runs/**/weights.pt") for tree in (here, there))
        same = len(mine) == cells and mine == other
    print(f"{cells} cells: SLURM {submitted:.1f} s, here {local:.1f} s", end="")
    print(f", {submitted / local:.2f} times; weights {'the same' if same else 'DIFFER'}")


if __name__ == "__main__":
    main()
