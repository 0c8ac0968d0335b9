"""A grid on a reader's own points, by its jobs: from a table to metrics, table, figure and page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import free_points
import pandas as pd
import pytest
from html_page import check_closed, read
from PIL import Image

from coupled_vae.plan.targets import all_targets


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("points", "latent_dim"),
    [(free_points.moons, 2), (free_points.wine, 2), (free_points.line, 1)],
)
def test_points_come_to_table_figure_and_page(
    folder: Path, points: Callable[[Path], dict[str, Any]], latent_dim: int
) -> None:
    plan = free_points.plan(points(folder / "own.csv"), latent_dim=latent_dim)
    free_points.run(plan)
    grid, traits = folder / free_points.GRID, plan.traits("mine")
    frame = pd.read_csv(grid / "metrics.csv")
    assert {*frame["metric"]} == {*traits.metrics()}
    assert len(frame) == 4 * len(traits.metrics())  # two models, two seeds
    undefined = {*frame.loc[frame["value"].isna(), "metric"]}
    assert undefined <= {"marginal_error", *(["hole_mass"] if latent_dim != 2 else [])}
    table = (grid / "tables/points.md").read_text()
    assert table.count("My points") == 2
    assert ("n/a" in table.splitlines()[2].split("|")[12]) is not traits.labels
    with Image.open(grid / "figures/points_mine.png") as image:
        assert image.width > 800
    found = read(grid / "index.html")
    check_closed(found)
    assert "My points" in found.text
    assert "own.csv" in found.text
    assert "(derived)" in found.text


def test_the_target_of_a_grid_holds_all_of_its_steps(folder: Path) -> None:
    plan = free_points.plan(free_points.moons(folder / "own.csv"))
    steps = [(step, *wildcards.values()) for step, wildcards in all_targets(plan)["mine"]]
    assert ("held_out", "mine") in steps
    assert ("page", free_points.GRID) in steps
    assert ("table", free_points.GRID, "points") in steps
    assert ("figure", free_points.GRID, "points_mine") in steps
    assert not any(name in ("table1", "figure1", "images") for _, *names in steps for name in names)
    without = free_points.plan(free_points.line(folder / "own.csv"))
    steps = [(step, *wildcards.values()) for step, wildcards in all_targets(without)["mine"]]
    assert ("held_out", "mine") not in steps


def test_changes_of_a_datasets_evaluation_reach_its_steps(folder: Path) -> None:
    plan = free_points.plan(free_points.moons(folder / "own.csv"))
    own = plan.params.datasets["mine"]
    changes = {"w2_subsample": 33, "posterior_datum": 7, "points": {"hole_cells": 3}}
    object.__setattr__(own, "evaluation", changes)
    cell = {"root": free_points.GRID, "dataset": "mine", "model": "vae", "seed": "0"}
    measured = plan.job("evaluate", **cell).settings.points  # type: ignore[attr-defined]
    assert (measured.w2_subsample, measured.hole_cells) == (33, 3)
    assert plan.job("draw", **cell).settings.points.posterior_datum == 7  # type: ignore[attr-defined]
    figure = plan.job("figure", root=free_points.GRID, figure="points_mine")
    assert figure.posterior_datum == 7  # type: ignore[attr-defined]
    assert plan.needs("mine").w2_subsample == 33
    other = plan.job("evaluate", root="results", dataset="mog", model="vae", seed="0")
    assert other.settings.modes.w2_subsample != 33  # type: ignore[attr-defined]
