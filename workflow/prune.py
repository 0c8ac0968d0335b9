"""Delete results of cells that ``params.yaml`` no longer names: ``make prune``.

DVC keeps what it has tracked: in its cache and on its remote the deleted files stand as before.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "src")]

from coupled_vae.errors import UserError, exit_status  # noqa: E402
from workflow import guard  # noqa: E402

OF_CELLS = re.compile(r"results(/search|/(studies|grids)/\w+)?/(data|runs|evaluations|metrics)/")


def orphans() -> list[Path]:
    """Files of cells and datasets that belong to no target, in the present folder.

    Not those of a dataset that this machine cannot make: they are somebody's results.
    """
    params = guard.checked_params(Path("params.yaml"))
    left_out = set(guard.left_out(params))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(TOP / "Snakefile")]
    done = subprocess.run(
        [*command, "--list-untracked", "--", "paper", "search", "studies", "grids", "explanations"],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise UserError(f"nothing was deleted; {done.stderr.strip().splitlines()[-1]}")
    listed = (done.stdout + done.stderr).splitlines()
    found = [Path(line) for line in listed if OF_CELLS.match(line)]
    return [path for path in found if not left_out & {*path.parts, path.stem}]


def main() -> int:
    """Delete them, and the folders that this leaves empty."""
    guard.hold_lock()
    found = orphans()
    for path in found:
        print(f"deleted {path}")
        path.unlink()
        for folder in path.parents[:-2]:
            if not any(folder.iterdir()):
                folder.rmdir()
    shutil.rmtree("results/checkpoints", ignore_errors=True)
    print(f"{len(found)} files deleted")
    return 0


if __name__ == "__main__":
    sys.exit(exit_status(main))
