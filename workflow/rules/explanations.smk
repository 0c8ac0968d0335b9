# The paper's account of blur and of posterior collapse, measured on cells of its grid.

EXPLAINED = PARAMS.experiments.explanations
EXPLANATIONS = "results/explanations"
EXPLAINED_CELLS = [
    RUN.format(root=PAPER, dataset=EXPLAINED.dataset, model=name, seed=EXPLAINED.seed)
    for name in (EXPLAINED.models if EXPLAINED else [])
]
EXPLANATION_FILES = [
    f"{EXPLANATIONS}/{name}.csv" for name in ("draws", "plans", "solvers")
] + [
    f"{EXPLANATIONS}/report/{name}"
    for name in (
        "figure.png",
        "figure.svg",
        *(
            f"{table}.{ext}"
            for table in ("blur", "collapse", "solvers")
            for ext in ("md", "csv", "tex")
        ),
    )
]


def explained_cells():
    """Name, specification and weights of every cell."""
    told = []
    for name, run in zip(EXPLAINED.models, EXPLAINED_CELLS):
        cell = f"{EXPLAINED.dataset}/{name}/{EXPLAINED.seed}"
        told.append([cell, spec_of(name, EXPLAINED.dataset), f"{run}/weights.pt"])
    return as_json(told)


if EXPLAINED:

    rule explain:
        input:
            weights=[f"{run}/weights.pt" for run in EXPLAINED_CELLS],
            data=DATA.format(dataset=EXPLAINED.dataset),
        output:
            EXPLANATION_FILES[:3],
        log:
            "logs/explanations/explain.log",
        benchmark:
            "logs/explanations/explain.tsv"
        threads: 1
        resources:
            mem_mb=2000,
            runtime=20,
        params:
            cells=explained_cells(),
            settings=as_json(EXPLAINED.model_dump()),
            out=EXPLANATIONS,
            code=fingerprint(
                "explain",
                *(f"models.{PARAMS.kind(name)}" for name in EXPLAINED.models),
                *(
                    f"{folder}.{part.kind}"
                    for _, folder, part in PARAMS.datasets[
                        EXPLAINED.dataset
                    ].problem.parts()
                ),
            ),
        shell:
            "python -m coupled_vae explain --cells {params.cells:q} --settings {params.settings:q}"
            " --data {input.data:q} --out {params.out:q} 2>&1 | tee {log:q} >&2"

    rule report_explanations:
        input:
            draws=EXPLANATION_FILES[0],
            plans=EXPLANATION_FILES[1],
            solvers=EXPLANATION_FILES[2],
            data=DATA.format(dataset=EXPLAINED.dataset),
        output:
            EXPLANATION_FILES[3:],
        log:
            "logs/explanations/report.log",
        benchmark:
            "logs/explanations/report.tsv"
        localrule: True
        threads: 1
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            models=names_and_labels(EXPLAINED.models),
            out=f"{EXPLANATIONS}/report",
            code=fingerprint("tables.explanations", "figures.explanations"),
        shell:
            "python -m coupled_vae explanations --models {params.models:q} --draws {input.draws:q}"
            " --plans {input.plans:q} --solvers {input.solvers:q} --data {input.data:q} --out {params.out:q}"
            " 2>&1 | tee {log:q} >&2"


rule explanations:
    input:
        data_files(),
        EXPLANATION_FILES if EXPLAINED else [],
    localrule: True
