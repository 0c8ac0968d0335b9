"""Put a finished tree into each of many states; print what Snakemake would run then, as JSON.

``plan_every_state.py OTHER``: the tree is the present folder, OTHER one of other parameters. One
process with everything imported, which forks for each state: seconds instead of minutes.
"""

import itertools
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from forked_plan import plan

OTHER = Path(sys.argv[1])
METADATA = Path(".snakemake/metadata")
FILES = {
    "data": ["results/data/mog.*"],
    "weights": [f"results/runs/mog/*/0/{name}*" for name in ("weights.", "history", "report")],
    "draws": ["results/runs/mog/*/0/draws.*"],
    "metrics": ["results/evaluations/mog/*/0.*", "results/metrics.*", "results/resampling.csv"],
}
WAE = "src/coupled_vae/science/models/wae.py"
STATES = ("this", "other", "other content", "no record")


def record(path: Path) -> bool:
    return path.name.endswith(".provenance.json")


def artifacts(kind: str, state: str) -> None:
    """The artifacts of one kind as they are, of the other tree, its content, or not vouched for."""
    for path in [file for pattern in FILES[kind] for file in Path().glob(pattern)]:
        if state == "no record" and record(path):
            path.unlink()
        elif state == "other" or (state == "other content" and not record(path)):
            shutil.copy2(OTHER / path, path)


def metadata(state: str) -> None:
    files = sorted(file for file in METADATA.rglob("*") if file.is_file())
    if state == "lost":
        shutil.rmtree(".snakemake")
    elif state == "partly lost":
        for file in files[::2]:
            file.unlink()
    elif state == "of another version":
        shutil.rmtree(METADATA)
        shutil.copytree(OTHER / METADATA, METADATA)


def edit(name: str, change: Callable[[str], str]) -> None:
    file = Path(name)
    before = file.read_text()
    assert change(before) != before
    file.write_text(change(before))


def change(state: str) -> None:
    if state == "parameter":
        shutil.copy2(OTHER / "params.yaml", "params.yaml")
    elif state == "code":
        edit(WAE, lambda text: text.replace("return {", "return {**{}, "))


def restore(saved: Path) -> None:
    for name in ("results", ".snakemake"):
        shutil.rmtree(name, ignore_errors=True)
        shutil.copytree(saved / name, name)
    for name in ("params.yaml", WAE):
        shutil.copy2(saved / name, name)


def main() -> None:
    saved = Path("saved")
    for name in ("results", ".snakemake"):
        shutil.copytree(name, saved / name)
    for name in ("params.yaml", WAE):
        (saved / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(name, saved / name)
    for changed, kept, kind, state in itertools.product(
        ("nothing", "parameter", "code"),
        ("whole", "lost", "partly lost", "of another version"),
        FILES,
        STATES,
    ):
        if state == "this" and kind != "data":
            continue  # the same state again
        artifacts(kind, state)
        metadata(kept)
        change(changed)
        row = {"changed": changed, "metadata": kept, "kind": kind, "state": state}
        print(json.dumps({**row, "plan": plan(["paper"])}), flush=True)
        restore(saved)


main()
