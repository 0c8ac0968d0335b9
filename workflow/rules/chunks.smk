# Cells in bulk, see src/coupled_vae/run/chunks.py: not part of the pipeline, whose results it does not change.

import json


def count_cells(wildcards, input):
    return len(json.loads(Path(input.plan).read_text(encoding="utf-8")))


rule chunk:
    input:
        plan=str(chunks.FOLDER / "{chunk}.json"),
    output:
        temp(touch(str(chunks.FOLDER / "{chunk}.done"))),
    log:
        "logs/chunks/{chunk}.log",
    threads: 1
    resources:
        mem_mb=3000,
        gpu=GPUS,
        runtime=lambda w, input: 60 * count_cells(w, input),
    params:
        stash=os.environ.get(STASH, ""),
    shell:
        "python -m coupled_vae chunk {input.plan:q} {params.stash:q} 2>&1 | tee {log:q} >&2"
