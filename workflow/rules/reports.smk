# From metrics and draws to the frame of record, tables and figures: of the paper's grid, of grids
# past the paper, of the search and of the studies alike.


rule collect:
    input:
        inputs("collect"),
    output:
        layout.files_of("collect"),
    log:
        "logs/{root}/collect.log",
    benchmark:
        "logs/{root}/collect.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        job=job("collect"),
    shell:
        "python -m coupled_vae collect {params.job:q} 2>&1 | tee {log:q} >&2"


rule table:
    input:
        inputs("table"),
    output:
        marked("table"),
    log:
        "logs/{root}/tables/{table}.log",
    benchmark:
        "logs/{root}/tables/{table}.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        command=command("table"),
        about=about,
        job=job("table"),
    shell:
        "python -m coupled_vae {params.command} {params.job:q} 2>&1 | tee {log:q} >&2"


rule figure:
    input:
        inputs("figure"),
    output:
        marked("figure"),
    log:
        "logs/{root}/figures/{figure}.log",
    benchmark:
        "logs/{root}/figures/{figure}.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        command=command("figure"),
        about=about,
        job=job("figure"),
    shell:
        "python -m coupled_vae {params.command} {params.job:q} 2>&1 | tee {log:q} >&2"


rule page:
    input:
        inputs("page"),
    output:
        layout.files_of("page"),
    log:
        "logs/{root}/page.log",
    benchmark:
        "logs/{root}/page.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        job=job("page"),
    shell:
        "python -m coupled_vae page {params.job:q} 2>&1 | tee {log:q} >&2"


rule study:
    input:
        inputs("study"),
    output:
        marked("study"),
    log:
        "logs/{root}/report.log",
    benchmark:
        "logs/{root}/report.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        about=about,
        job=job("study"),
    shell:
        "python -m coupled_vae study {params.job:q} 2>&1 | tee {log:q} >&2"
