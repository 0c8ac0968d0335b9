"""What Snakemake's report says of each table and figure of ``params.yaml``."""

from pathlib import Path

import pytest
from small import TOP

from coupled_vae.config import roots
from coupled_vae.config.load import load
from coupled_vae.plan import layout, shown
from coupled_vae.plan.steps import Plan
from coupled_vae.plan.targets import all_targets

PLAN = Plan(load(TOP / "params.yaml"))
FILES = {
    file.format(**wildcards): (step, wildcards, file)
    for steps in all_targets(PLAN).values()
    for step, wildcards in steps
    if step in ("table", "figure", "study", "explanations", "scaling_report")
    for file in layout.files_of(step)
    if shown.format_of(file)
}


@pytest.mark.parametrize("path", FILES)
def test_each_table_and_figure_has_labels_and_a_caption(path: str) -> None:
    step, wildcards, file = FILES[path]
    labels = shown.labels(PLAN, step, wildcards, path)
    assert {*labels["dataset"].split(", ")} <= {*PLAN.params.datasets}
    caption = TOP / f"workflow/report/{shown.caption(step, file)}.rst"
    text = caption.read_text(encoding="utf-8")
    kind = shown.format_of(path)
    assert kind is not None
    assert shown.about(step, wildcards)[kind].endswith(".")
    assert f'about["{kind}"]' in text or step == "explanations"


def test_no_caption_is_left_over() -> None:
    used = {shown.caption(step, file) for step, _, file in FILES.values()} | {"workflow"}
    assert {file.stem for file in Path(TOP, "workflow/report").iterdir()} == used


def test_categories_are_the_experiments() -> None:
    places = [*PLAN.grids, *PLAN.studies, *roots.PHASES.values(), roots.EXPLANATIONS, roots.SCALING]
    names = [shown.category(PLAN, root) for root in places]
    assert names[0] == "Paper"
    assert len({*names}) == len(names)
