"""What drawing and measuring are told: their own part of ``evaluation``, and nothing else."""

import pytest
from small import small_params

from coupled_vae.config.evaluation import DrawSettings, Evaluation, Images, MeasureSettings
from coupled_vae.config.section import parse
from coupled_vae.runtime.errors import UserError

EVALUATION = small_params().evaluation
DRAWN = {"posterior_datum", "posterior_grid", "posterior_extent", "w2_draws"}
MEASURED = {"high_density_radius", "w2_subsample", "bootstrap"}
IMAGES_DRAWN = {"samples", "posterior_draws", "likelihood_draws", "shown", "pairs", "steps"}
IMAGES_MEASURED = {"neighbours", "class_neighbours", "hole_fraction"}


def changed(name):
    """The section with one value changed, and which name is of its images."""
    own = name.removeprefix("images.")
    source = EVALUATION.images if own != name else EVALUATION
    value = getattr(source, own)
    new = [[0, 2]] if own == "pairs" else value / 2 if isinstance(value, float) else value + 1
    if own != name:
        images = EVALUATION.images.model_copy(update={own: new})
        return EVALUATION.model_copy(update={"images": images})
    return EVALUATION.model_copy(update={own: new})


ALL = [
    *(set(Evaluation.model_fields) - {"images"}),
    *(f"images.{name}" for name in Images.model_fields),
]


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_value_reaches_the_steps_that_it_can_change_and_no_other(name):
    other = changed(name)
    moved = {
        (step, kind)
        for step in ("draw_settings", "measure_settings")
        for kind in ("points", "images")
        if getattr(other, step)(kind) != getattr(EVALUATION, step)(kind)
    }
    own = name.removeprefix("images.")
    expected = set()
    if own == "num_draws":
        expected = {("draw_settings", "points"), ("draw_settings", "images")}
    elif name in DRAWN:
        expected = {("draw_settings", "points")}
    elif name in MEASURED:
        expected = {("measure_settings", "points")}
    elif own in IMAGES_DRAWN:
        expected = {("draw_settings", "images")}
    elif own in IMAGES_MEASURED:
        expected = {("measure_settings", "images")}
    elif own == "hole_cells":  # it sets how many even draws of the prior there are
        expected = {("draw_settings", "images"), ("measure_settings", "images")}
    assert moved == expected
    figure = other.mode_settings() != EVALUATION.mode_settings()
    assert figure == (name in ("high_density_radius", "posterior_datum"))


def test_points_need_no_images():
    without = EVALUATION.model_copy(update={"images": None})
    assert without.draw_settings("points") == EVALUATION.draw_settings("points")
    assert without.measure_settings("points") == EVALUATION.measure_settings("points")


@pytest.mark.parametrize("kind", ["points", "images"])
@pytest.mark.parametrize("schema", [DrawSettings, MeasureSettings])
def test_settings_go_through_json_and_are_of_one_type(schema, kind):
    step = "draw_settings" if schema is DrawSettings else "measure_settings"
    told = getattr(EVALUATION, step)(kind).model_dump()
    assert parse(schema, told, "--settings") == getattr(EVALUATION, step)(kind)
    both = told | {
        k: EVALUATION.__getattribute__(step)(k).model_dump()[k] for k in ("points", "images")
    }
    for bad in (both, told | {kind: None}):
        with pytest.raises(UserError, match="one of points and images must be null"):
            parse(schema, bad, "--settings")
