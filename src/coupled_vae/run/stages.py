"""What DVC's stages depend on: of every target a digest of all jobs that belong to it."""

from pathlib import Path

import yaml

from coupled_vae.plan.steps import Plan
from coupled_vae.plan.targets import Specifications, all_targets
from coupled_vae.run import guard
from coupled_vae.runtime.files import write_text

FILE = Path("results/plan.yaml")
HEAD = (
    "# Of each target a digest of its jobs, their parameters and code: DVC's stages depend on it.\n"
)


def write() -> None:
    """Write the digests of the present parameters and code, if they are others.

    Raises:
        UserError: The parameters are not valid, or a reader's own file is missing.
    """
    params = guard.checked_params(Path("params.yaml"))
    plan = Plan(params, guard.left_out(params))
    specifications = Specifications(plan)
    digests = {name: specifications.digest(steps) for name, steps in all_targets(plan).items()}
    text = HEAD + yaml.safe_dump(digests, sort_keys=True)
    if not FILE.exists() or FILE.read_text(encoding="utf-8") != text:
        write_text(FILE, text)
