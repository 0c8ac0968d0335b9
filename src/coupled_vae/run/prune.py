"""Delete results of cells that ``params.yaml`` no longer names: ``make prune``.

DVC keeps what it has tracked: in its cache and on its remote the deleted files stand as before.
"""

import shutil
import sys
from pathlib import Path

from coupled_vae.plan import layout, targets
from coupled_vae.plan.steps import Plan
from coupled_vae.run import ask, guard
from coupled_vae.runtime.errors import exit_status
from coupled_vae.runtime.project import use_checkout

CHECKPOINTS = Path("results/checkpoints")
OF_CELLS = ("data", "held_out", "train", "draw", "evaluate")  # steps


def orphans() -> list[Path]:
    """Files of cells and datasets that belong to no target, in the present folder.

    Not those of a dataset that this machine cannot make: they are somebody's results.
    """
    plan = Plan(guard.checked_params(Path("params.yaml")))
    steps = [step for own in targets.all_targets(plan).values() for step in own]
    named = set(targets.files(steps))
    named |= {layout.TIMING.format(**wildcards) for step, wildcards in steps if step == "train"}
    return [
        Path(file) for file in sorted(targets.present()) if file not in named and _of_cells(file)
    ]


def _of_cells(file: str) -> bool:
    step = layout.step_of(file)
    return layout.is_timing(file) or (step is not None and step[0] in OF_CELLS)


def main() -> int:
    """List them, ask, and delete them with the folders that this leaves empty.

    Raises:
        UserError: A run is at work in this folder, or nobody answered.
    """
    guard.hold_lock()
    found = orphans()
    size = sum(path.stat().st_size for path in found) / 1e6
    if not found:
        print("every result belongs to params.yaml; nothing to delete")
        return 0
    print(*found, sep="\n")
    action = f"delete these {len(found)} files ({size:.1f} MB)"
    if CHECKPOINTS.exists():
        action += f" and all unfinished training ({CHECKPOINTS})"
    if not ask.confirmed(action):
        print("nothing was changed")
        return 0
    delete(found)
    print(f"{len(found)} files deleted")
    return 0


def delete(files: list[Path]) -> None:
    """Delete files, the folders that this leaves empty, and all checkpoints."""
    for path in files:
        path.unlink()
        for folder in path.parents[:-2]:
            if not any(folder.iterdir()):
                folder.rmdir()
    shutil.rmtree(CHECKPOINTS, ignore_errors=True)


if __name__ == "__main__":
    use_checkout()
    sys.exit(exit_status(main))
