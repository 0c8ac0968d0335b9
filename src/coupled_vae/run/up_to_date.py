"""Whether all files of some targets are what the parameters ask for, by their records alone.

Snakemake knows this by the same records (``memory``). But it first builds the graph of all jobs,
which takes seconds for some hundred cells and much longer for thousands. So it is asked only where
the answer here is no.
"""

from pathlib import Path

from coupled_vae.plan import targets
from coupled_vae.plan.provenance import Digests
from coupled_vae.plan.steps import Plan
from coupled_vae.plan.targets import Specifications
from coupled_vae.run import guard, standing


def is_up_to_date(names: list[str]) -> bool:
    """Whether a run of these targets in the present folder would do nothing.

    A target that is a file, or is unknown, counts as not up to date.

    Raises:
        UserError: ``params.yaml`` is wrong.
    """
    params = guard.checked_params(Path("params.yaml"))
    plan = Plan(params, guard.left_out(params))
    known = targets.all_targets(plan)
    if any(name not in known for name in names):
        return False
    steps, digests = [step for name in names for step in known[name]], Digests(guard.DIGESTS)
    found = next(standing.unmet(Specifications(plan), steps, digests), None)
    digests.save()
    return found is None
