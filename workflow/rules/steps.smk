# Every step of the pipeline: one rule each, all of one shape. What a step reads, writes and is given
# follows from its job (src/coupled_vae/plan).

from typing import NamedTuple


class Step(NamedTuple):
    rule_name: str
    step: str  # its name in the plan
    log_name: str  # below logs, where Snakemake's measurements of the job go too
    mem_mb: int
    minutes: int  # for a scheduler
    is_local: bool = False  # not given to a scheduler
    gpus: int = 0


CELL = layout.CELL
DATA = {"mem_mb": 500, "minutes": 10, "is_local": True}
REPORT = {"mem_mb": 1000, "minutes": 10, "is_local": True}
STEPS = [
    Step("make_data", "data", "data/{dataset}", **DATA),
    Step("make_held_out", "held_out", "data/{dataset}_held_out", **DATA),
    Step("train_cell", "train", "{root}/train/" + CELL, 3000, 60, IN_CHUNKS, GPUS),
    Step("draw_cell", "draw", "{root}/draw/" + CELL, 2000, 20, IN_CHUNKS),
    Step("evaluate_cell", "evaluate", "{root}/evaluate/" + CELL, 2000, 20, IN_CHUNKS),
    Step("collect", "collect", "{root}/collect", **REPORT),
    Step("table", "table", "{root}/tables/{table}", **REPORT),
    Step("figure", "figure", "{root}/figures/{figure}", **REPORT),
    Step("page", "page", "{root}/page", **REPORT),
    Step("numbers", "numbers", "numbers", **REPORT),
    Step("report_paper", "report", "report", **REPORT),
    Step("study", "study", "{root}/report", **REPORT),
]
if PARAMS.experiments.explanations:
    STEPS += [
        Step("explain", "explain", "explanations/explain", 2000, 20),
        Step("report_explanations", "explanations", "explanations/report", **REPORT),
    ]
if PARAMS.experiments.scaling:
    STEPS += [
        Step("measure_scaling", "scaling", "scaling/measure", 4000, 30),
        Step("report_scaling", "scaling_report", "scaling/report", **REPORT),
    ]

for own in STEPS:

    rule:
        name:
            own.rule_name
        input:
            inputs(own.step),
        output:
            outputs(own.step),
        log:
            f"logs/{own.log_name}.log",
        benchmark:
            f"logs/{own.log_name}.tsv"
        localrule: own.is_local
        threads: 1
        resources:
            mem_mb=own.mem_mb,
            runtime=own.minutes,
            gpu=own.gpus,
        params:
            job=job(own.step),
            command=command(own.step),
            about=about(own.step),
        shell:
            # What a step says shows on the terminal and in its log.
            "python -m coupled_vae {params.command} {params.job:q} 2>&1 | tee {log:q} >&2"
