"""One model for each command: rules, chunks, the command line and the tests share it."""

from coupled_vae.plan.jobs._base import Job
from coupled_vae.plan.jobs.cells import DataJob, DrawJob, EvaluateJob, TrainJob
from coupled_vae.plan.jobs.extra import ExplainJob, ExplanationsJob, ScalingJob, ScalingReportJob
from coupled_vae.plan.jobs.reports import (
    CollectJob,
    FigureJob,
    NumbersJob,
    PageJob,
    SearchTableJob,
    StudyJob,
    TableJob,
)

KINDS: tuple[type[Job], ...] = (
    *(DataJob, TrainJob, DrawJob, EvaluateJob, CollectJob),
    *(TableJob, SearchTableJob, FigureJob, NumbersJob, PageJob, StudyJob),
    *(ExplainJob, ExplanationsJob, ScalingJob, ScalingReportJob),
)
COMMANDS: dict[str, type[Job]] = {kind.command: kind for kind in KINDS}

__all__ = [
    "COMMANDS",
    "CollectJob",
    "DataJob",
    "DrawJob",
    "EvaluateJob",
    "ExplainJob",
    "ExplanationsJob",
    "FigureJob",
    "Job",
    "NumbersJob",
    "PageJob",
    "ScalingJob",
    "ScalingReportJob",
    "SearchTableJob",
    "StudyJob",
    "TableJob",
    "TrainJob",
]
