"""Whether all files of some targets are what the parameters ask for, by their records alone.

Snakemake knows this by the same records (``memory``). But it first builds the graph of all jobs,
which takes seconds for some hundred cells and much longer for thousands. So it is asked only where
the answer here is no.
"""

from pathlib import Path

from coupled_vae.plan import layout, provenance, targets
from coupled_vae.plan.jobs import Job
from coupled_vae.plan.provenance import Digests
from coupled_vae.plan.steps import Plan
from coupled_vae.run import guard
from coupled_vae.runtime.errors import UserError


def is_up_to_date(names: list[str]) -> bool:
    """Whether a run of these targets in the present folder would do nothing.

    A target that is a file, or is unknown, counts as not up to date.

    Raises:
        UserError: ``params.yaml`` is wrong.
    """
    params = guard.checked_params(Path("params.yaml"))
    plan = Plan(params, guard.left_out(params))
    steps = targets.all_targets(plan)
    if any(name not in steps for name in names):
        return False
    checks = Checks(plan, Digests(guard.STATE / "digests.json"))
    found = all(
        checks.job(plan.job(step, **wildcards)) for name in names for step, wildcards in steps[name]
    )
    checks.digests.save()
    return found


class Checks:
    """Compares jobs with the records of the files that are present.

    Args:
        plan: What should have made each file.
        digests: Computes digests of files, and remembers them.
    """

    def __init__(self, plan: Plan, digests: Digests) -> None:
        self.plan, self.digests = plan, digests
        self._known = dict[Path, bool]()

    def job(self, job: Job) -> bool:
        """Whether a job's files are present and unchanged, and made by this job from its inputs."""
        place = job.record()
        if place not in self._known:
            self._known[place] = self._is_done(job, place)
        return self._known[place]

    def _is_done(self, job: Job, place: Path) -> bool:
        try:
            record = provenance.read(place)
        except UserError:
            return False
        inputs = [str(path) for path in job.inputs()]
        return (
            record.inputs.keys() == {*inputs}
            and record.outputs.keys() == {path.name for path in job.outputs()}
            and record.text() == job.text()
            and not provenance.doubt(place, record, self.digests)
            and all(self._file(path) for path in inputs)
        )

    def _file(self, path: str) -> bool:
        """As ``job``, of the job that makes a file. A reader's own file is compared by digest."""
        made_by = targets.job_of(self.plan, path)
        return self.job(made_by) if made_by else layout.step_of(path) is None
