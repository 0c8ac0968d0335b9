"""What drawing and measuring are told: their own part of ``evaluation``, and nothing else."""

import re

import pytest
from small import small_params

from coupled_vae.config.evaluation import Evaluation, Images, Plane, Points
from coupled_vae.config.section import parse
from coupled_vae.config.traits import Traits
from coupled_vae.runtime.errors import UserError

EVALUATION = small_params().evaluation
TRAITS = {
    "modes": Traits(kind="modes"),
    "held_out": Traits(kind="modes", held_out=True),
    "bare": Traits(kind="points"),
    "points": Traits(kind="points", held_out=True, labels=True),
    "images": Traits(kind="images", held_out=True, labels=True),
}
MODES = {"modes", "held_out"}
POINTS = {*MODES, "bare", "points"}
STEPS = ("draw_settings", "measure_settings")
# The steps and datasets that each value can change.
DRAWN, MEASURED = ({(step, kind) for kind in POINTS} for step in STEPS)
REACHES = {
    "num_draws": DRAWN | {("draw_settings", "images")},
    **{f"plane.{name}": DRAWN | {("draw_settings", "images")} for name in Plane.model_fields},
    "posterior_datum": DRAWN,
    "posterior_grid": DRAWN,
    "posterior_extent": DRAWN,
    "w2_draws": DRAWN,
    "w2_subsample": MEASURED,
    "high_density_radius": {("measure_settings", kind) for kind in MODES},
    "bootstrap": {("measure_settings", kind) for kind in MODES},
    "points.likelihood_draws": {("draw_settings", kind) for kind in ("held_out", "points")},
    **{
        f"points.{name}": {("measure_settings", "bare"), ("measure_settings", "points")}
        for name in ("neighbours", "class_neighbours", "hole_cells", "hole_fraction")
    },
    **{
        f"images.{name}": {("draw_settings", "images")}
        for name in ("samples", "posterior_draws", "likelihood_draws", "shown", "pairs", "steps")
    },
    **{
        f"images.{name}": {("measure_settings", "images")}
        for name in ("neighbours", "class_neighbours", "hole_fraction")
    },
    # It sets how many even draws of the prior there are.
    "images.hole_cells": {(step, "images") for step in STEPS},
}
ALL = [
    *(set(Evaluation.model_fields) - {"images", "points", "plane"}),
    *(f"plane.{name}" for name in Plane.model_fields),
    *(f"images.{name}" for name in Images.model_fields),
    *(f"points.{name}" for name in Points.model_fields),
]


def changed(name):
    """The settings with one value changed."""
    section, _, own = name.rpartition(".")
    value = getattr(getattr(EVALUATION, section) if section else EVALUATION, own)
    new = [[0, 2]] if own == "pairs" else value / 2 if isinstance(value, float) else value + 1
    return EVALUATION.with_changes({section: {own: new}} if section else {own: new}, "here")


def test_every_value_is_tested():
    assert {*ALL} == {*REACHES}


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_value_reaches_the_steps_that_it_can_change_and_no_other(name):
    other = changed(name)
    moved = {
        (step, kind)
        for step in STEPS
        for kind, traits in TRAITS.items()
        if getattr(other, step)(traits) != getattr(EVALUATION, step)(traits)
    }
    assert moved == REACHES[name]
    figure = other.mode_settings() != EVALUATION.mode_settings()
    assert figure == (name in ("high_density_radius", "posterior_datum"))


def test_data_of_known_modes_need_no_settings_of_others():
    without = EVALUATION.model_copy(update={"images": None, "points": None})
    for step in STEPS:
        assert getattr(without, step)(TRAITS["modes"]) == getattr(EVALUATION, step)(TRAITS["modes"])


def test_changes_of_a_dataset_replace_single_values():
    other = EVALUATION.with_changes({"w2_subsample": 7, "points": {"hole_cells": 3}}, "here")
    assert other.w2_subsample == 7
    assert other.points == EVALUATION.points.model_copy(update={"hole_cells": 3})
    assert other.images == EVALUATION.images
    assert EVALUATION.with_changes({}, "here") is EVALUATION
    for changes, said in (
        ({"bootstraps": 3}, "here: bootstraps is not a key of this section; choices are "),
        ({"points": {"hole_cells": "x"}}, 'here: points.hole_cells "x"'),
        ({"w2_subsample": 10**6}, "must not exceed w2_draws"),
    ):
        with pytest.raises(UserError, match=re.escape(said)):
            EVALUATION.with_changes(changes, "here")


@pytest.mark.parametrize("kind", TRAITS)
@pytest.mark.parametrize("step", STEPS)
def test_settings_go_through_json_and_are_of_one_kind(step, kind):
    settings = getattr(EVALUATION, step)(TRAITS[kind])
    schema, tree = type(settings), settings.model_dump()
    assert parse(schema, tree, "--settings") == settings
    named = [name for name in ("modes", "points", "images") if name in tree]
    every = {}
    for traits in TRAITS.values():
        other = getattr(EVALUATION, step)(traits).model_dump()
        every |= {name: other[name] for name in named if other[name] is not None}
    for bad in (tree | every, tree | dict.fromkeys(named)):
        with pytest.raises(UserError, match=r"exactly one of .* must be set, the rest null"):
            parse(schema, bad, "--settings")
