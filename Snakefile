# The pipeline: params.yaml -> data -> run -> evaluate -> collect -> tables, figures.
# `snakemake` (or `make reproduce`, which calls it through DVC) makes the paper's grid,
# `snakemake search` the hyperparameter search.

from snakemake.utils import min_version

min_version("9.27")


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"


rule all:
    input:
        targets.files(TARGETS["paper"]),
    localrule: True


include: "workflow/rules/targets.smk"
include: "workflow/rules/steps.smk"
include: "workflow/rules/chunks.smk"


onstart:
    start.begin(workflow, PLAN, DOUBTS)
