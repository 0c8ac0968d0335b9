"""Delete results of cells that ``params.yaml`` no longer names: ``make prune``.

DVC keeps what it has tracked: in its cache and on its remote the deleted files stand as before.
"""

import shutil
import sys
from pathlib import Path

from coupled_vae.plan import layout, targets
from coupled_vae.plan.steps import Plan
from coupled_vae.run import guard
from coupled_vae.runtime.errors import exit_status
from coupled_vae.runtime.project import use_checkout

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
    use_checkout()
    sys.exit(exit_status(main))
