# The paper's account of blur and of posterior collapse, measured on cells of its grid; and how
# seconds and memory of a coupled model grow with data, pool and latent space.


if PARAMS.experiments.explanations:

    rule explain:
        input:
            inputs("explain"),
        output:
            layout.files_of("explain"),
        log:
            "logs/explanations/explain.log",
        benchmark:
            "logs/explanations/explain.tsv"
        threads: 1
        resources:
            mem_mb=2000,
            runtime=20,
        params:
            job=job("explain"),
        shell:
            "python -m coupled_vae explain {params.job:q} 2>&1 | tee {log:q} >&2"

    rule report_explanations:
        input:
            inputs("explanations"),
        output:
            marked("explanations", root=layout.EXPLANATIONS),
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
            about=about,
            job=job("explanations"),
        shell:
            "python -m coupled_vae explanations {params.job:q} 2>&1 | tee {log:q} >&2"


if PARAMS.experiments.scaling:

    rule measure_scaling:
        input:
            inputs("scaling"),
        output:
            layout.files_of("scaling"),
        log:
            "logs/scaling/measure.log",
        benchmark:
            "logs/scaling/measure.tsv"
        threads: 1
        resources:
            mem_mb=4000,
            runtime=30,
        params:
            job=job("scaling"),
        shell:
            "python -m coupled_vae scaling {params.job:q} 2>&1 | tee {log:q} >&2"

    rule report_scaling:
        input:
            inputs("scaling_report"),
        output:
            marked("scaling_report", root=layout.SCALING),
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
            about=about,
            job=job("scaling_report"),
        shell:
            "python -m coupled_vae report-scaling {params.job:q} 2>&1 | tee {log:q} >&2"
