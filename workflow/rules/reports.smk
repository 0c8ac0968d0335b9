# The frame of record, and what is read from it: tables and figures.

# Tables 1 and 2 and Figure 1 are of the first dataset of points.
POINTS = of_type("points", PARAMS.experiments.paper.datasets)[:1]


def names_and_labels(models):
    return as_json([[name, PARAMS.models[name].label] for name in models])


def shown_runs(dataset, seed, root=PAPER):
    """Label and draws of the models that a figure shows, in the order of its rows."""
    path = (RUN + "/draws.npz").format
    return [
        (
            PARAMS.models[name].label,
            path(root=root, dataset=dataset, model=name, seed=seed),
        )
        for name in GRIDS[root].models
    ]


def image_datasets(root):
    """What the table of the images is told of each dataset."""
    grid = GRIDS[root]
    return as_json(
        [
            {
                "name": name,
                "label": PARAMS.datasets[name].label,
                "models": [[m, PARAMS.models[m].label] for m in grid.names(name)],
                "run": name in MODELS[root],
            }
            for name in of_type("images", grid.datasets)
        ]
    )


def after(name, root):
    """Name of a rule that each grid has: the paper's is the plain one."""
    return name if root == PAPER else f"{name}_{Path(root).name}"


for root, experiment, cells_of in (
    (PAPER, "paper", cells),
    (SEARCH, "search", cells),
    *((root, Path(root).name, cells) for root in GRIDS if root != PAPER),
    *((root, Path(root).name, study_cells) for root in STUDIES),
):

    rule:
        name:
            f"collect_{experiment}"
        input:
            cells_of(EVALUATION, root),
        output:
            metrics=f"{root}/metrics.csv",
            resampling=f"{root}/resampling.csv",
            summaries=sorted(set(cells_of(SUMMARY, root))),
        log:
            f"logs/{root}/collect.log",
        benchmark:
            f"logs/{root}/collect.tsv"
        localrule: True
        threads: 1
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            experiment=experiment,
            summaries=f"{root}/metrics",
            cells=as_json(dict(zip(cells_of(CELL, root), cells_of(EVALUATION, root)))),
            code=fingerprint("collect"),
        shell:
            "python -m coupled_vae collect --experiment {params.experiment}"
            " --cells {params.cells:q} --metrics {output.metrics:q}"
            " --resampling {output.resampling:q} --summaries {params.summaries:q}"
            " 2>&1 | tee {log:q} >&2"


for table, dataset in (
    (table, name) for name in POINTS for table in ("table1", "table2")
):

    rule:
        name:
            table
        input:
            metrics=f"{PAPER}/metrics.csv",
            resampling=f"{PAPER}/resampling.csv",
        output:
            expand(TABLE, root=PAPER, table=table),
        log:
            f"logs/tables/{table}.log",
        benchmark:
            f"logs/tables/{table}.tsv"
        localrule: True
        threads: 1
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            table=table,
            dataset=dataset,
            models=names_and_labels(PARAMS.experiments.paper.models),
            beside=names_and_labels(PARAMS.experiments.paper.beside.get(dataset, [])),
            code=fingerprint(f"tables.{table}"),
        shell:
            "python -m coupled_vae {params.table} --dataset {params.dataset}"
            " --models {params.models:q} --beside {params.beside:q} --metrics {input.metrics:q}"
            " --resampling {input.resampling:q} --out results/tables 2>&1 | tee {log:q} >&2"


for root in GRIDS:

    rule:
        name:
            after("table_images", root)
        input:
            metrics=f"{root}/metrics.csv",
        output:
            expand(TABLE, root=root, table="images"),
        log:
            f"logs/{root}/tables/images.log",
        benchmark:
            f"logs/{root}/tables/images.tsv"
        localrule: True
        threads: 1
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            datasets=image_datasets(root),
            out=f"{root}/tables",
            code=fingerprint("tables.images"),
        shell:
            "python -m coupled_vae table-images --datasets {params.datasets:q}"
            " --metrics {input.metrics:q} --out {params.out:q} 2>&1 | tee {log:q} >&2"


for dataset, search in PARAMS.experiments.search.datasets.items():

    rule:
        name:
            f"table_search_{dataset}"
        input:
            metrics=f"{SEARCH}/metrics.csv",
        output:
            expand(TABLE, root=PAPER, table=f"search_{dataset}"),
        log:
            f"logs/tables/search_{dataset}.log",
        benchmark:
            f"logs/tables/search_{dataset}.tsv"
        localrule: True
        threads: 1
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            dataset=dataset,
            run="" if dataset in MODELS[SEARCH] else "--not-run",
            type=PARAMS.datasets[dataset].type,
            models=names_and_labels(search.candidates),
            search=as_json(search.model_dump()),
            args=as_json(
                {name: PARAMS.args(name, dataset) for name in search.candidates}
            ),
            code=fingerprint("tables.search"),
        shell:
            "python -m coupled_vae table-search --dataset {params.dataset}"
            " {params.run} --type {params.type} --models {params.models:q} --search {params.search:q}"
            " --args {params.args:q} --metrics {input.metrics:q} --out results/tables"
            " 2>&1 | tee {log:q} >&2"


for dataset in POINTS:

    rule figure1:
        input:
            runs=[path for _, path in shown_runs(dataset, PARAMS.figures.figure1.seed)],
            data=DATA.format(dataset=dataset),
        output:
            expand(FIGURE, root=PAPER, figure="figure1"),
        log:
            "logs/figures/figure1.log",
        benchmark:
            "logs/figures/figure1.tsv"
        localrule: True
        threads: 1
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            runs=as_json(shown_runs(dataset, PARAMS.figures.figure1.seed)),
            evaluation=as_json(
                PARAMS.evaluation.model_copy(update={"images": None}).model_dump()
            ),
            figure=as_json(PARAMS.figures.figure1.model_dump()),
            code=fingerprint("figures.figure1"),
        shell:
            "python -m coupled_vae figure1 --runs {params.runs:q} --data {input.data:q}"
            " --evaluation {params.evaluation:q} --figure {params.figure:q} --out results/figures"
            " 2>&1 | tee {log:q} >&2"


IMAGE_FIGURES = {
    "figure3": PARAMS.figures.figure3,
    "figure4": PARAMS.figures.figure4,
}


for root, figure, settings in (
    # A grid past the paper shows its first seed.
    (
        root,
        figure,
        own if root == PAPER else own.model_copy(update={"seed": grid.seeds[0]}),
    )
    for root, grid in GRIDS.items()
    for figure, own in IMAGE_FIGURES.items()
):

    rule:
        name:
            after(figure, root)
        input:
            runs=lambda w, root=root, seed=settings.seed: [
                path for _, path in shown_runs(w.dataset, seed, root)
            ],
            data=DATA,
        output:
            expand(FIGURE, root=root, figure=figure + "_{dataset}"),
        log:
            f"logs/{root}/figures/{figure}_{{dataset}}.log",
        benchmark:
            f"logs/{root}/figures/{figure}_{{dataset}}.tsv"
        localrule: True
        threads: 1
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            command=figure,
            out=f"{root}/figures",
            runs=lambda w, root=root, seed=settings.seed: as_json(
                shown_runs(w.dataset, seed, root)
            ),
            figure=as_json(settings.model_dump()),
            code=fingerprint(f"figures.{figure}"),
        shell:
            "python -m coupled_vae {params.command} --runs {params.runs:q} --data {input.data:q}"
            " --figure {params.figure:q} --name {params.command}_{wildcards.dataset}"
            " --out {params.out:q} 2>&1 | tee {log:q} >&2"
