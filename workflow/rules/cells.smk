# One dataset; one cell: train, draw, evaluate. Each step shows on the terminal and in its log.


rule make_data:
    input:
        inputs("data"),
    output:
        layout.files_of("data"),
    log:
        "logs/data/{dataset}.log",
    benchmark:
        "logs/data/{dataset}.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        job=job("data"),
        needs=needs,
    shell:
        "python -m coupled_vae data {params.job:q} --needs {params.needs:q} 2>&1 | tee {log:q} >&2"


rule make_held_out:
    input:
        inputs("held_out"),
    output:
        layout.files_of("held_out"),
    log:
        "logs/data/{dataset}_held_out.log",
    benchmark:
        "logs/data/{dataset}_held_out.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        job=job("held_out"),
        needs=needs,
    shell:
        "python -m coupled_vae data {params.job:q} --needs {params.needs:q} 2>&1 | tee {log:q} >&2"


rule train_cell:
    input:
        inputs("train"),
    output:
        layout.files_of("train"),
    log:
        "logs/{root}/train/" + layout.CELL + ".log",
    benchmark:
        "logs/{root}/train/" + layout.CELL + ".tsv"
    localrule: IN_CHUNKS
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
        gpu=GPUS,
    params:
        job=job("train"),
    shell:
        "python -m coupled_vae train {params.job:q} 2>&1 | tee {log:q} >&2"


rule draw_cell:
    input:
        inputs("draw"),
    output:
        layout.files_of("draw"),
    log:
        "logs/{root}/draw/" + layout.CELL + ".log",
    benchmark:
        "logs/{root}/draw/" + layout.CELL + ".tsv"
    localrule: IN_CHUNKS
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        job=job("draw"),
    shell:
        "python -m coupled_vae draw {params.job:q} 2>&1 | tee {log:q} >&2"


rule evaluate_cell:
    input:
        inputs("evaluate"),
    output:
        layout.files_of("evaluate"),
    log:
        "logs/{root}/evaluate/" + layout.CELL + ".log",
    benchmark:
        "logs/{root}/evaluate/" + layout.CELL + ".tsv"
    localrule: IN_CHUNKS
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        job=job("evaluate"),
    shell:
        "python -m coupled_vae evaluate {params.job:q} 2>&1 | tee {log:q} >&2"
