"""Parameters that cannot work are refused in one line before anything is trained."""

import copy
import csv
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from small import TOP

from coupled_vae.config import checks, registry, yaml_file
from coupled_vae.config.cells import experiments
from coupled_vae.config.extends import UNDECIDED, complete
from coupled_vae.config.load import validated
from coupled_vae.config.params import Params
from coupled_vae.data.kinds import digits, mog
from coupled_vae.runtime.errors import UserError

FILE = TOP / "params.yaml"
TREE = complete(yaml_file.read(FILE))
PATH = Path("params.yaml")
SEARCH = "experiments__search__datasets"


def changed(**changes: Any) -> dict[str, Any]:
    """The project's own tree with values put in by keys such as ``models__vae__args``."""
    tree = copy.deepcopy(TREE)
    for key, value in changes.items():
        *path, last = key.split("__")
        section = tree
        for name in path:
            section = section[name]
        if value is ...:
            del section[last]
        else:
            section[last] = value
    return tree


def checked(tree: dict[str, Any]) -> Params:
    found = validated(tree, str(PATH))
    checks.check_kinds(found, PATH)
    checks.check_args(found, PATH)
    return found


def refused(tree: dict[str, Any]) -> str:
    with pytest.raises(UserError) as caught:
        checked(tree)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 500
    assert message.startswith("params.yaml")
    assert "params.yaml: params.yaml" not in message
    return message


HUGE = 10**30


def numbers(tree: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every number of a tree that is not one of a list, by its key."""
    if isinstance(tree, dict):
        return [n for key, own in tree.items() for n in numbers(own, f"{path}__{key}".strip("_"))]
    is_number = isinstance(tree, int | float) and not isinstance(tree, bool)
    return [(path, tree)] if is_number else []


WITH_BATCHNORM = "experiments__studies__paper_settings__rows__cvae.paper__args__"
EVERY = [(key, value) for key, value in numbers(TREE) if "overrides" not in key]


def test_every_number_has_bounds() -> None:
    """10**30, and of floats 1e308 and a denormal number as well: no key takes them."""
    assert len(EVERY) > 150
    taken = []
    for key, value in EVERY:
        for extreme in (HUGE, 1e308, 1e-320) if isinstance(value, float) else (HUGE, -HUGE):
            if ("alpha" in key and extreme == 1e-320) or (value == 0 and extreme == 1e-320):
                continue
            try:
                checked(changed(**{key: extreme}))
            except UserError as error:
                message = str(error)
                assert message.isprintable()
                assert len(message) < 500
            else:
                taken.append((key, extreme))
    assert taken == []


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("models__vae__args__batch_size", 1, "models.vae.args.batch_size 1: "),
        ("models__vae__overrides__mnist", {"batch_size": 1}, "vae.overrides.mnist.batch_size 1"),
        (f"{WITH_BATCHNORM}batch_size", 1, "batch_size 1 and pool_size 2048 must"),
        (f"{WITH_BATCHNORM}pool_size", 1, "pool_size 1 must both be at least 2"),
        ("models__cvae__args__anneal_share", 1, "anneal_share 1: should be less than 1"),
        ("datasets__mog__args__points_per_mode", 1, "give 25 data, but evaluation.posterior_datum"),
        ("datasets__mog__args__grid_side", 1, "datasets.mog.args give 300 data"),
        ("datasets__mog__args__grid_side", 1000, "grid_side^2 * points_per_mode is 300000000"),
        (
            "evaluation__posterior_datum",
            7500,
            "datum, counted from 0, needs at least 7501",
        ),
        ("evaluation__w2_subsample", 7501, "evaluation.w2_subsample needs at least 7501"),
        ("evaluation__images__pairs", [[0, 1297]], "pairs, counted from 0, needs at least 1298"),
        ("evaluation__images__class_neighbours", 1298, "class_neighbours needs at least 1298"),
        ("evaluation__images__neighbours", 1297, "neighbours, beside the image itself, needs"),
        ("datasets__digits__args__count", 8, "datasets.digits.args give 8 data"),
        ("datasets__digits__args__count", 1298, "count + held_out 1798 is more than the 1797"),
        ("datasets__mnist__args__count", 60_001, "count 60001 is more than the 60000"),
        ("datasets__mnist__args__held_out", 10_001, "held_out 10001 is more than the 10000"),
        ("datasets__mog__args__held_out", 3, "hold 3 points out, but the measures of the search"),
        ("evaluation__points", None, "null, but datasets.mog.args.held_out is not 0; write down"),
        ("datasets__mnist__args__held_out", 3, "hold 3 images out, but the measures of the search"),
        (
            "experiments__scaling__counts",
            [1, 60_001],
            "asks for 60001 images, but datasets.mnist_full",
        ),
        ("experiments__scaling__pool_sizes", [2, 10**8], "experiments.scaling.pool_sizes.1"),
        ("datasets__mog__problem__network__kind", "conv", "datasets.mog.problem.network.args"),
        ("datasets__mog__problem__latent_dim", 3, "Figure 1 is of a plane"),
        (f"{SEARCH}__mog__models__wae__space__penaltie", [1], "wae.space.penaltie is not a key"),
        (f"{SEARCH}__mog__models__wae__space__penalty", [1, "lots"], 'wae.space.penalty "lots"'),
        (f"{SEARCH}__mog__models__wae__space__penalty__low", 1e-14, "wae.space.penalty"),
        (f"{SEARCH}__mog__models__vae_nf__base__num_flows", "ten", "vae_nf.base.num_flows"),
        (f"{SEARCH}__mog__models__vae__first__batch_size", "ten", "vae.first.batch_size"),
        (
            f"{SEARCH}__mog__models__vae__first",
            {"num_steps": 3},
            "vae.first must have these keys: batch_size, num_steps, learning_rate, ",
        ),
        (f"{SEARCH}__mog__models__vae_nf__base", {}, "vae_nf.t00.num_flows is missing"),
        (
            f"{SEARCH}__mog__models__vae__schedule",
            [{"num_steps": 3, "x": 1}],
            "schedule.0.x is not",
        ),
        ("experiments__studies__priors__dataset", "mnist", "priors.dataset mnist is of images"),
        ("experiments__explanations__models", ["cvae", "cvae"], "names one thing twice"),
        ("experiments__explanations__seed", 7, "explanations.seed 7 is never trained"),
        ("models__vae__label", "a\nb", "has a line break"),
        ("models__vae__label", "a\x1bb", "U+001B"),
        ("models__vae__label", "a\u2028b", "U+2028"),
        ("models__vae__label", " ", "is empty"),
        ("models__vae__label", "x" * 201, "at most 200 characters"),
        ("models__vae__label", r"$\lambda_{$", "no mathematics that matplotlib can show"),
        ("datasets__mog__label", r"$\nosuchcommand$", "datasets.mog.label"),
        ("experiments__studies__priors__label", "$_$", "experiments.studies.priors.label"),
        ("models__vae__color", "#ffffff", "models.vae.color is not a key"),
        ("models__" + "v" * 61, TREE["models"]["vae"], "at most 60 characters"),
        ("models__Vae", TREE["models"]["vae"], "should match pattern"),
        ("models__vae__kind", "x" * 10_000, "is unknown"),
        ("models__vae__kind", "_base", "is unknown"),
        ("models__vae__kind", "../vae", "is unknown"),
        (
            "experiments__paper__seeds",
            [0] * 5000,
            "experiments.paper.seeds [0, ...] names one thing",
        ),
    ],
)
def test_what_cannot_work_is_one_line(key: str, value: Any, words: str) -> None:
    message = refused(changed(**{key: value}))
    assert words in message


@pytest.mark.parametrize(
    ("dataset", "scores", "words"),
    [
        ("mnist", ["w2_to_data"], "w2_to_data', which is no metric of these data"),
        ("mog", ["in_mode_std"], "choices are high_density_ratio, "),
        ("mog", ["w2_to_data", ""], "scores has '', which is no metric"),
    ],
)
def test_a_score_that_cannot_choose_is_one_line(
    dataset: str, scores: list[str], words: str
) -> None:
    place = f"{SEARCH}__{dataset}"
    own = TREE["experiments"]["search"]["datasets"][dataset]["models"]
    undecided = dict.fromkeys(own, UNDECIDED)
    tree = changed(**{f"{place}__scores": scores, f"{place}__decided": undecided})
    assert words in refused(tree)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"args": {"batch_size": 1, "normalisation": "batch"}}, "rows.cvae.a.args batch_size 1"),
        ({"problem": {"latent_dim": 1}}, "rows.cvae.a.problem.latent_dim must be at least 2"),
        (
            {"problem": {"network": {"kind": "conv", "args": {"channels": 2, "width": 8}}}},
            "rows.cvae.a.problem.network: network conv needs images that are square",
        ),
        (
            {"problem": {"network": {"kind": "mlp", "args": {"depth": 100, "width": 65536}}}},
            "rows.cvae.a.problem.network: the encoder has 425",
        ),
        (
            {"problem": {"latent_dim": 3, "prior": {"kind": "circle", "args": {"radius": 1}}}},
            "rows.cvae.a.problem.prior: a circle needs two latent dimensions, not 3",
        ),
        ({"problem": {"prior": {"kind": "flat", "args": {}}}}, "prior.kind 'flat' is unknown"),
        ({"problem": {"prior": "flat"}}, "rows.cvae.a.problem.prior"),
        ({"problem": {"priors": {}}}, "problem.priors is not a key"),
        ({"args": {"network": {"both": True, "depth": 1}}}, "rows.cvae.a.args.network"),
        ({"value": 0}, "rows.cvae.a.value 0: should be greater than 0"),
        ({"label": "a\tb"}, "rows.cvae.a.label"),
    ],
)
def test_a_row_of_a_study_that_cannot_work_is_one_line(row: dict[str, Any], words: str) -> None:
    rows = {"cvae.a": {"label": "A", "value": None, "args": {}, "problem": {}, **row}}
    assert words in refused(changed(experiments__studies__priors__rows=rows))


def test_an_unknown_key_of_a_part_that_may_be_null_names_the_choices() -> None:
    network = {"both": True, "width": 8, "learning_rate": 0.1, "steps": 1, "batch_size": 8, "x": 1}
    message = refused(changed(models__cvae__args__network=network))
    assert "models.cvae.args.network.x is not a key" in message
    assert "choices are batch_size, both" in message
    explanations = {**TREE["experiments"]["explanations"], "x": 1}
    message = refused(changed(experiments__explanations=explanations))
    assert "experiments.explanations.x is not a key" in message
    assert "choices are dataset, draws" in message


@pytest.mark.parametrize(
    "label",
    [
        r"WAE $\lambda_{max}$",
        "{wildcards.model}",
        "p(z|x) & 100 %",
        "costs 5 $",
        "$5 and $6",
        r"$ \lambda_{$",
        r"$\lambda_{",
        "Ünïcode 数 \U0001f600",
        "a 'b' \"c\" `d`",
    ],
)
def test_any_label_that_can_be_shown_is_taken(label: str) -> None:
    keys = ("models__wae__label", "datasets__mog__label", "experiments__studies__priors__label")
    tree = changed(**dict.fromkeys(keys, label))
    assert checked(tree).models["wae"].label == label
    assert yaml_file.parse(yaml_file.dump(tree), "params.yaml") == tree


@pytest.mark.parametrize(
    "datasets", [["digits"], ["mnist", "digits"], ["mog"]], ids=["one", "images", "points"]
)
def test_a_grid_without_images_or_without_points(datasets: list[str]) -> None:
    tree = changed(experiments__paper__datasets=datasets)
    if datasets != ["mog"]:
        tree["experiments"] |= {"explanations": None, "studies": {}}
    found = checked(tree)
    assert found.experiments.trained_on() >= {*datasets}


def test_a_study_on_data_outside_the_paper_trains_all_its_rows() -> None:
    tree = changed(experiments__paper__datasets=["digits"], experiments__explanations=None)
    own = tree["experiments"]["studies"]["priors"]
    tree["experiments"]["studies"] = {"priors": own}
    params = checked(tree)
    assert "mog" in params.experiments.datasets()
    (study,) = [one for one in experiments(params) if one.name == "priors"]
    assert study.trained() == [*study.rows]


def test_parts_that_are_not_there() -> None:
    tree = changed(
        experiments__grids={}, experiments__studies={}, experiments__explanations=None,
        experiments__scaling=None, experiments__search__datasets={},
    )  # fmt: skip
    assert checked(tree).experiments.datasets() == {"mog", "mnist", "digits"}


def test_a_pool_size_of_the_scaling_that_cannot_work_is_named_at_its_place() -> None:
    batch = {"normalisation": "batch"}
    tree = changed(experiments__scaling__args=batch, experiments__scaling__pool_sizes=[1])
    assert "experiments.scaling.pool_sizes batch_size 1024 and pool_size 1 must" in refused(tree)
    tree = changed(experiments__scaling__args=batch | {"batch_size": 1})
    assert "experiments.scaling.args batch_size 1 and pool_size 2048 must" in refused(tree)


def test_a_model_may_refuse_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def check_problem(config: Any, problem: Any) -> None:
        if problem.prior.kind == "circle":
            raise UserError(f"eps {config.eps} is too much for a {problem.prior.kind}")

    module = registry.load("models", "cvae")
    monkeypatch.setattr(module, "check_problem", check_problem, raising=False)
    assert refused(TREE) == (
        "params.yaml: experiments.studies.priors.rows.cvae.circle.args: eps 1.0 is too much for a "
        "circle"
    )


MIXTURE = mog.Config(grid_side=3, spacing=1.0, std=0.1, points_per_mode=4, seed=1)


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        (mog, MIXTURE),
        (mog, MIXTURE.model_copy(update={"held_out": 7})),
        (digits, digits.Config(count=11, held_out=5, seed=1)),
    ],
)
def test_a_kind_tells_the_sizes_of_what_it_makes(kind: Any, config: Any) -> None:
    made, facts = kind.generate(config), kind.facts(config)
    assert (facts.rows, facts.columns) == made.x.shape
    assert facts.modes == bool(len(made.centres))
    if hasattr(kind, "held_out"):
        assert facts.held_out == len(kind.held_out(config).x)
    if facts.image:
        assert math.prod(facts.image) == facts.columns


@pytest.mark.parametrize("dataset", ["mog", "digits"])
def test_every_score_is_a_metric_of_its_datasets(dataset: str) -> None:
    with (FILE.parent / "results" / "metrics.csv").open(encoding="utf-8") as file:
        measured = {row["metric"] for row in csv.DictReader(file) if row["dataset"] == dataset}
    traits = checks._traits(validated(TREE, str(PATH)), dataset)
    assert {*checks.scores_of(traits)} <= measured


def test_planning_imports_neither_torch_nor_matplotlib() -> None:
    code = (
        "import sys; from pathlib import Path; from coupled_vae.config.load import load;"
        f"load(Path({str(FILE)!r}));"
        "print([m for m in ('torch', 'matplotlib', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
