# The frame of record, and what is read from it: tables and figures.

# Tables 1 and 2 and Figure 1 are of the first dataset.
TABLES_OF = PARAMS.experiments.paper.datasets[0]


def names_and_labels(models):
    return as_json([[name, PARAMS.models[name].label] for name in models])


def evaluations_by_cell(root):
    """The evaluation of every cell, by the cell's name."""
    return as_json(dict(zip(cells(CELL, root), cells(EVALUATION, root))))


def figure1_runs(path):
    """Label and run of the models that Figure 1 shows, in the order of its rows."""
    seed = PARAMS.figures.figure1.seed
    return [
        (
            PARAMS.models[name].label,
            path.format(root=PAPER, dataset=TABLES_OF, model=name, seed=seed),
        )
        for name in PARAMS.experiments.paper.models
    ]


for root, experiment in ((PAPER, "paper"), (SEARCH, "search")):

    rule:
        name:
            f"collect_{experiment}"
        input:
            cells(EVALUATION, root),
        output:
            metrics=f"{root}/metrics.csv",
            resampling=f"{root}/resampling.csv",
            summaries=summary_files(root),
        log:
            f"logs/{root}/collect.log",
        benchmark:
            f"logs/{root}/collect.tsv"
        threads: 1
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            experiment=experiment,
            summaries=f"{root}/metrics",
            cells=evaluations_by_cell(root),
            code=fingerprint("collect"),
        shell:
            "python -m coupled_vae collect --experiment {params.experiment}"
            " --cells {params.cells:q} --metrics {output.metrics:q}"
            " --resampling {output.resampling:q} --summaries {params.summaries:q}"
            " 2>&1 | tee {log:q} >&2"


for table in ("table1", "table2"):

    rule:
        name:
            table
        input:
            metrics=f"{PAPER}/metrics.csv",
            resampling=f"{PAPER}/resampling.csv",
        output:
            expand(TABLE, table=table),
        log:
            f"logs/tables/{table}.log",
        benchmark:
            f"logs/tables/{table}.tsv"
        threads: 1
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            table=table,
            dataset=TABLES_OF,
            models=names_and_labels(PARAMS.experiments.paper.models),
            beside=names_and_labels(PARAMS.experiments.paper.beside),
            code=fingerprint(f"tables.{table}"),
        shell:
            "python -m coupled_vae {params.table} --dataset {params.dataset}"
            " --models {params.models:q} --beside {params.beside:q} --metrics {input.metrics:q}"
            " --resampling {input.resampling:q} --out results/tables 2>&1 | tee {log:q} >&2"


rule table_search:
    input:
        metrics=f"{SEARCH}/metrics.csv",
    output:
        expand(TABLE, table="search"),
    log:
        "logs/tables/search.log",
    benchmark:
        "logs/tables/search.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        dataset=PARAMS.experiments.search.datasets[0],
        models=names_and_labels(PARAMS.experiments.search.candidates),
        search=as_json(PARAMS.experiments.search.model_dump()),
        args=as_json(
            {
                name: PARAMS.models[name].args
                for name in PARAMS.experiments.search.candidates
            }
        ),
        code=fingerprint("tables.search"),
    shell:
        "python -m coupled_vae table-search --dataset {params.dataset} --models {params.models:q}"
        " --search {params.search:q} --args {params.args:q} --metrics {input.metrics:q}"
        " --out results/tables 2>&1 | tee {log:q} >&2"


rule figure1:
    input:
        runs=[path for _, path in figure1_runs(RUN + "/draws.npz")],
        data=DATA.format(dataset=TABLES_OF),
    output:
        expand(FIGURE, figure="figure1"),
    log:
        "logs/figures/figure1.log",
    benchmark:
        "logs/figures/figure1.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        runs=as_json(figure1_runs(RUN + "/draws.npz")),
        evaluation=as_json(PARAMS.evaluation.model_dump()),
        figure=as_json(PARAMS.figures.figure1.model_dump()),
        code=fingerprint("figures.figure1"),
    shell:
        "python -m coupled_vae figure1 --runs {params.runs:q} --data {input.data:q}"
        " --evaluation {params.evaluation:q} --figure {params.figure:q} --out results/figures"
        " 2>&1 | tee {log:q} >&2"
