"""Run all jobs of a target, without Snakemake: ``python jobs_in_order.py TARGET``."""

import sys
from pathlib import Path

from coupled_vae.config.load import check_args, load
from coupled_vae.plan import targets
from coupled_vae.plan.provenance import execute
from coupled_vae.plan.steps import Plan

PARAMS = Path("params.yaml")


def make(plan: Plan, path: str) -> None:
    """Make a file, after the files that its job reads."""
    job = targets.job_of(plan, path)
    if job is None or Path(path).exists():
        return
    for file in job.inputs():
        make(plan, str(file))
    execute(job)


if __name__ == "__main__":
    params = load(PARAMS)
    check_args(params, PARAMS)
    whole = Plan(params)
    for name in targets.files(targets.all_targets(whole)[sys.argv[1]]):
        make(whole, name)
