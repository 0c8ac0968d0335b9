"""What follows from the sizes of a reader's data, where the parameters do not say it.

The rule is in docs/own-data.md. It holds for kinds of data that read files of the reader. What
the entry of a dataset or ``overrides`` of a model says itself always stands.
"""

from collections.abc import Collection, Iterator
from typing import Any

from coupled_vae.config import registry
from coupled_vae.config.facts import Facts, facts_of
from coupled_vae.config.inherit import merged
from coupled_vae.runtime.errors import UserError

Tree = dict[str, Any]

SEED = 2306  # of the rows held out and of binary pixels
HELD_OUT = {"held_out": 0.2, "seed": SEED}
SMALL = 1000  # data; fewer have a narrower network and smaller pools


def fill(tree: Tree) -> Tree:
    """A copy of complete parameters in which every dataset and its models' overrides are whole.

    Values of a wrong type are passed on unchanged: the schema refuses them.

    Raises:
        UserError: A file of the reader's cannot be read, or an argument of the dataset is wrong.
    """
    datasets, models = tree.get("datasets"), tree.get("models")
    if not (isinstance(datasets, dict) and isinstance(models, dict)):
        return tree
    whole = {**tree, "datasets": {**datasets}, "models": {**models}}
    for name, entry in datasets.items():
        if _is_own(entry):
            entry, facts = _dataset(name, entry, tree.get("evaluation"))
            whole["datasets"][name] = entry
            whole["models"] = {
                key: _with_overrides(model, name, facts) for key, model in whole["models"].items()
            }
    return whole


def told(
    tree: Tree, whole: Tree, datasets: Collection[str], models: Collection[str]
) -> Iterator[str]:
    """Lines on what ``fill`` has added to a tree, one for each of some datasets and models."""
    for name, entry in whole["datasets"].items():
        if name not in datasets or not _is_own(entry):
            continue
        facts = _facts(entry["kind"], entry["args"], f"datasets.{name}.args")
        if added := _added(tree["datasets"][name], entry):
            yield f"{name}: {_described(facts)}; derived: {_shown(added)}"
        for model in models:
            given, filled = (one["models"][model]["overrides"] for one in (tree, whole))
            if more := _added(given.get(name, {}), filled.get(name, {})):
                yield f"{name}, {model}: derived: {_shown(more)}"


def problem(facts: Facts) -> Tree:
    """A problem to be posed on data of these sizes: latent plane, network, likelihood."""
    network: Tree = {"kind": "mlp", "args": {"depth": 4, "width": 256}}
    if facts.rows < SMALL:
        network["args"]["width"] = 128
    likelihood: Tree = {"kind": "gaussian", "args": _bounds(facts)}
    if facts.image:
        network = {"kind": "conv", "args": {"channels": 16, "width": 256}}
        if facts.image[2] != 1 or facts.image[0] != facts.image[1]:
            network["args"]["shape"] = [*facts.image]
        if facts.binary:
            likelihood = {"kind": "bernoulli", "args": {}}
    prior: Tree = {"kind": "gaussian", "args": {}}
    return {"latent_dim": 2, "prior": prior, "network": network, "likelihood": likelihood}


def with_changes(usual: Tree, given: Any) -> Any:  # noqa: ANN401
    """A problem with what is said of it; a part of another kind has only the arguments said."""
    kept = {**usual}
    for name, part in given.items() if isinstance(given, dict) else ():
        kind = part.get("kind") if isinstance(part, dict) else None
        if isinstance(usual.get(name), dict) and kind not in (None, usual[name]["kind"]):
            kept[name] = {"args": {}}
    return merged(kept, given)


def _bounds(facts: Facts) -> Tree:
    """Bounds of the likelihood's standard deviation, in units of the data's spread.

    The upper one is the bandwidth of Scott's rule for a density estimate, the lower one half the
    distance between neighbours; both fall with the number of data and rise with the dimension.
    """
    if facts.image:
        return {"sigma_min": 0.05, "sigma_max": 0.3}
    n, d = facts.rows, facts.columns
    upper = round(n ** (-1 / (d + 4)), 3)
    lower = min(max(0.05, 0.5 * n ** (-1 / d)), upper / 2)
    return {"sigma_min": round(lower, 3), "sigma_max": upper}


def arguments(args: Tree, facts: Facts) -> Tree:
    """Arguments of a model that follow from the sizes; of those that it has.

    Args:
        args: The model's usual arguments.
        facts: Sizes of the data.
    """
    rule = _coupled(facts) if "pool_size" in args else _amortised(facts)
    return {key: value for key, value in rule.items() if key in args}


def _coupled(facts: Facts) -> Tree:
    """Of models that solve a transport problem on pools of prior draws."""
    if facts.image:
        return {
            **{"num_pools": 100, "pool_size": 1024, "updates": 20, "decoder_steps": 30},
            **{"batch_size": 128, "learning_rate": 0.002, "linear_steps": 200},
            **{"anneal_from": 30, "anneal_share": 0.5},
            **{"posterior_pool": 8192, "posterior_updates": 100, "tolerance": 0.001},
        }
    pool = 512 if facts.rows < SMALL else 1024
    return {
        **{"num_pools": 100, "pool_size": pool, "batch_size": 256, "anneal_from": 16},
        **{"posterior_pool": 8 * pool},
    }


def _amortised(facts: Facts) -> Tree:
    """Of models with an encoder that is trained on minibatches."""
    most = max(2, facts.rows // 2)
    if facts.image:
        return {
            **{"num_steps": 4000, "batch_size": min(64, most), "learning_rate": 0.002},
            **{"normalisation": "batch", "penalty": 2},
        }
    return {"num_steps": 4000, "batch_size": min(128, most), "learning_rate": 0.002}


def _is_own(entry: Any) -> bool:  # noqa: ANN401
    """Whether a dataset is of a kind that reads files of the reader."""
    kind = entry.get("kind") if isinstance(entry, dict) else None
    return (
        isinstance(kind, str)
        and isinstance(entry.get("args"), dict)
        and kind in registry.kinds("data")
        and hasattr(registry.load("data", kind), "files")
        and hasattr(registry.load("data", kind), "facts")
    )


def _facts(kind: str, args: Tree, place: str) -> Facts:
    try:
        facts = facts_of(kind, args, place)
    except UserError as error:
        told = str(error)
        raise UserError(told if told.startswith(place) else f"{place}: {told}") from None
    assert facts, "a kind that reads files tells its facts"
    return facts


def _dataset(name: str, entry: Tree, evaluation: Any) -> tuple[Tree, Facts]:  # noqa: ANN401
    place = f"datasets.{name}.args"
    args = {**HELD_OUT, **entry["args"]}
    if _is_standardised(entry["kind"], args, place):
        args = {"standardise": True, **args}
    facts = _facts(entry["kind"], args, place)
    whole = {
        **entry,
        "label": entry.get("label", name),
        "type": "images" if facts.image else "points",
        "args": args,
        "problem": with_changes(problem(facts), entry.get("problem", {})),
    }
    if isinstance(evaluation, dict):
        whole["evaluation"] = merged(_evaluation(evaluation, facts), entry.get("evaluation", {}))
    return whole, facts


def _is_standardised(kind: str, args: Tree, place: str) -> bool:
    """Whether the rule standardises data: points that are of no known mixture."""
    if args.get("centres"):
        return False
    try:
        return not _facts(kind, args, place).image
    except UserError as error:  # such as numbers that only fit into float32 when standardised
        try:
            _facts(kind, {"standardise": True, **args}, place)
        except UserError:
            raise error from None
        return True


def _evaluation(usual: Tree, facts: Facts) -> Tree:
    """Changes of ``evaluation`` without which it asks for more data than there are."""
    n, found = facts.rows, Tree()
    if facts.image and isinstance(own := usual.get("images"), dict):
        found["images"] = {
            **_at_most(own, shown=n, class_neighbours=n, neighbours=n - 1),
            **_pairs(own.get("pairs"), n),
        }
    elif not facts.image:
        found = _at_most(usual, w2_subsample=n)
        if isinstance(datum := usual.get("posterior_datum"), int) and datum >= n:
            found["posterior_datum"] = n // 2
        if isinstance(own := usual.get("points"), dict):
            found["points"] = _at_most(own, class_neighbours=n, neighbours=n - 1)
    return {key: value for key, value in found.items() if value != {}}


def _at_most(usual: Tree, **most: int) -> Tree:
    return {
        key: number
        for key, number in most.items()
        if isinstance(usual.get(key), int) and usual[key] > number
    }


def _pairs(pairs: Any, n: int) -> Tree:  # noqa: ANN401
    """Pairs of the first data, if one of the usual pairs is not among so few."""
    try:
        few = max(max(pair) for pair in pairs) >= n
    except (TypeError, ValueError):
        return {}
    return {"pairs": [[k, k + 1] for k in range(0, min(8, n - 1), 2)]} if few else {}


def _with_overrides(model: Any, dataset: str, facts: Facts) -> Any:  # noqa: ANN401
    if not (isinstance(model, dict) and isinstance(model.get("overrides"), dict)):
        return model
    given = model["overrides"].get(dataset, {})
    if not (isinstance(given, dict) and isinstance(model.get("args"), dict)):
        return model
    whole = {**arguments(model["args"], facts), **given}
    return {**model, "overrides": {**model["overrides"], dataset: whole}}


def _added(given: Any, whole: Any) -> Any:  # noqa: ANN401
    """What the whole has and the given has not."""
    if not (isinstance(given, dict) and isinstance(whole, dict)):
        return whole
    found = {
        key: _added(given[key], value) if isinstance(value, dict) and key in given else value
        for key, value in whole.items()
        if key not in given or isinstance(value, dict)
    }
    return {key: value for key, value in found.items() if value != {}}


def _shown(tree: Tree, place: str = "") -> str:
    parts = []
    for key, value in tree.items():
        name = f"{place}.{key}" if place else key
        if isinstance(value, dict) and value:
            parts.append(_shown(value, name))
        else:
            parts.append(f"{name} {value}")
    return ", ".join(parts)


def _described(facts: Facts) -> str:
    what = f"{facts.rows} x {facts.columns}"
    if facts.image:
        height, width, channels = facts.image
        what = f"{facts.rows} images of {height} x {width} x {channels}"
    labels = f", {facts.classes} classes" if facts.classes else ""
    return f"{what} to train on, {facts.held_out} held out{labels}"
