# One dataset; one cell: train, draw, evaluate. Each step shows on the terminal and in its log.


rule make_data:
    output:
        DATA,
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
        kind=lambda w: PARAMS.datasets[w.dataset].kind,
        args=lambda w: as_json(PARAMS.datasets[w.dataset].args),
        code=lambda w: fingerprint("dataset", f"data.{PARAMS.datasets[w.dataset].kind}"),
    shell:
        "python -m coupled_vae data --kind {params.kind:q} --args {params.args:q}"
        " --out {output:q} 2>&1 | tee {log:q} >&2"


rule make_held_out:
    output:
        HELD_OUT,
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
        kind=lambda w: PARAMS.datasets[w.dataset].kind,
        args=lambda w: as_json(PARAMS.datasets[w.dataset].args),
        code=lambda w: fingerprint("dataset", f"data.{PARAMS.datasets[w.dataset].kind}"),
    shell:
        "python -m coupled_vae data --kind {params.kind:q} --args {params.args:q} --held-out"
        " --out {output:q} 2>&1 | tee {log:q} >&2"


rule train_cell:
    input:
        data=DATA,
    output:
        weights=RUN + "/weights.pt",
        history=RUN + "/history.csv",
        timing=RUN + "/timing.json",
    log:
        "logs/{root}/train/" + CELL + ".log",
    benchmark:
        "logs/{root}/train/" + CELL + ".tsv"
    localrule: IN_CHUNKS
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
        gpu=GPUS,
    params:
        spec=spec,
        code=model_code("train"),
    shell:
        "python -m coupled_vae train --cell {wildcards.dataset}/{wildcards.model}/{wildcards.seed}"
        " --spec {params.spec:q} --code {params.code:q} --data {input.data:q}"
        " --out $(dirname {output.weights:q}) 2>&1 | tee {log:q} >&2"


rule draw_cell:
    input:
        data=DATA,
        held_out=held_out,
        weights=RUN + "/weights.pt",
    output:
        RUN + "/draws.npz",
    log:
        "logs/{root}/draw/" + CELL + ".log",
    benchmark:
        "logs/{root}/draw/" + CELL + ".tsv"
    localrule: IN_CHUNKS
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        spec=spec,
        evaluation=evaluation,
        held_out=lambda w: [f"--held-out={path}" for path in held_out(w)],
        code=model_code("draw"),
    shell:
        "python -m coupled_vae draw --cell {wildcards.dataset}/{wildcards.model}/{wildcards.seed}"
        " --spec {params.spec:q} --evaluation {params.evaluation:q} --data {input.data:q}"
        " {params.held_out:q} --weights {input.weights:q} --out {output:q} 2>&1 | tee {log:q} >&2"


rule evaluate_cell:
    input:
        data=DATA,
        held_out=held_out,
        draws=RUN + "/draws.npz",
        timing=RUN + "/timing.json",
    output:
        EVALUATION,
    log:
        "logs/{root}/evaluate/" + CELL + ".log",
    benchmark:
        "logs/{root}/evaluate/" + CELL + ".tsv"
    localrule: IN_CHUNKS
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        evaluation=evaluation,
        held_out=lambda w: [f"--held-out={path}" for path in held_out(w)],
        code=fingerprint("evaluate"),
    shell:
        "python -m coupled_vae evaluate"
        " --cell {wildcards.dataset}/{wildcards.model}/{wildcards.seed}"
        " --evaluation {params.evaluation:q} --data {input.data:q} {params.held_out:q} --draws {input.draws:q}"
        " --timing {input.timing:q} --out {output:q} 2>&1 | tee {log:q} >&2"
