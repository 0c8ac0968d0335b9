# How seconds and memory of a coupled model grow with data, pool and latent space.

SCALING = "results/scaling"
SCALING_FILES = [
    f"{SCALING}/scaling.csv",
    *(
        f"{SCALING}/report/{name}"
        for name in ("table.md", "table.csv", "table.tex", "figure.png", "figure.svg")
    ),
]


if SCALED:

    rule measure_scaling:
        input:
            data=DATA.format(dataset=SCALED.dataset),
        output:
            SCALING_FILES[0],
        log:
            "logs/scaling/measure.log",
        benchmark:
            "logs/scaling/measure.tsv"
        threads: 1
        resources:
            mem_mb=4000,
            runtime=30,
        params:
            spec=as_json(
                {
                    "problem": PARAMS.datasets[SCALED.dataset].problem.model_dump(),
                    "kind": PARAMS.kind(SCALED.model),
                    "args": PARAMS.scaled_args(),
                }
            ),
            settings=as_json(SCALED.model_dump()),
            code=fingerprint(
                "scaling",
                f"models.{PARAMS.kind(SCALED.model)}",
                *(
                    f"{folder}.{part.kind}"
                    for _, folder, part in PARAMS.datasets[
                        SCALED.dataset
                    ].problem.parts()
                ),
            ),
        shell:
            "python -m coupled_vae scaling --spec {params.spec:q} --settings {params.settings:q}"
            " --data {input.data:q} --out {output:q} 2>&1 | tee {log:q} >&2"

    rule report_scaling:
        input:
            SCALING_FILES[0],
        output:
            SCALING_FILES[1:],
        log:
            "logs/scaling/report.log",
        benchmark:
            "logs/scaling/report.tsv"
        localrule: True
        threads: 1
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            base=SCALED.base.count,
            out=f"{SCALING}/report",
            code=fingerprint("tables.scaling", "figures.scaling"),
        shell:
            "python -m coupled_vae report-scaling --base {params.base} --measured {input:q}"
            " --out {params.out:q} 2>&1 | tee {log:q} >&2"


# Not all data: this target is no reason to make a dataset that it does not look at.
rule scaling:
    input:
        SCALING_FILES if SCALED and SCALED.dataset not in LEFT_OUT else [],
    localrule: True
