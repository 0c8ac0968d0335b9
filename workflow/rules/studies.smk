# The paper's promises: one study each, with its frame of record, its table and its figure.


def study_targets(root):
    """As ``experiment_files``, of a study; nothing where its dataset is left out."""
    if STUDIES[root].dataset in LEFT_OUT:
        return []
    return (
        data_files()
        + study_cells(RUN_FILES, root)
        + study_cells(EVALUATION, root)
        + study_files(root)
    )


def study_rows(root):
    """Name, label, value and run folders of every row, in the order of params.yaml."""
    study = STUDIES[root]
    return as_json(
        [
            {
                "name": name,
                "label": row.label,
                "value": row.value,
                "runs": {
                    seed: RUN.format(
                        root=root if "." in name else PAPER,
                        dataset=study.dataset,
                        model=name,
                        seed=seed,
                    )
                    for seed in study.seeds
                },
            }
            for name, row in study.rows.items()
        ]
    )


for root, study in STUDIES.items():

    rule:
        name:
            Path(root).name
        input:
            study_targets(root),
        localrule: True

    rule:
        name:
            f"report_{Path(root).name}"
        input:
            metrics=f"{root}/metrics.csv",
            runs=study_cells(RUN_FILES, root),
            data=DATA.format(dataset=study.dataset),
        output:
            [f"{root}/{name}" for name in STUDY_REPORT],
        log:
            f"logs/{root}/report.log",
        benchmark:
            f"logs/{root}/report.tsv"
        localrule: True
        threads: 1
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            label=study.label,
            dataset=study.dataset,
            rows=study_rows(root),
            holes=as_json(study.holes.model_dump()),
            out=f"{root}/report",
            code=fingerprint("study"),
        shell:
            "python -m coupled_vae study --label {params.label:q} --dataset {params.dataset}"
            " --rows {params.rows:q} --holes {params.holes:q} --metrics {input.metrics:q} --data {input.data:q}"
            " --out {params.out:q} 2>&1 | tee {log:q} >&2"
