"""Make a small ``params.yaml`` for ``make smoke`` and the tests: ``smoke.py FROM TO``.

It works for any parameters: settings name what they make small, and what is not there is left out.
"""

import sys
from pathlib import Path
from typing import Any

from coupled_vae.config import inherit, yaml_file
from coupled_vae.config.facts import facts_of
from coupled_vae.config.load import load, whole
from coupled_vae.runtime.errors import exit_status
from coupled_vae.runtime.project import use_checkout

Tree = dict[str, Any]
SETTINGS = Path(__file__).with_suffix(".yaml")


def smoke(tree: Tree, settings: Tree) -> Tree:
    """Parameters of the same workflow with all its models, each at a fraction of its cost.

    Args:
        tree: Valid parameters.
        settings: Those of ``smoke.yaml``.
    """
    small: Tree = _merged(tree, settings["params"])
    small["datasets"] = {name: _dataset(own, settings) for name, own in small["datasets"].items()}
    small["models"] = {name: _model(own, settings) for name, own in small["models"].items()}
    experiments = small["experiments"]
    _one_seed(small)
    experiments["search"] = _search(experiments["search"], settings)
    experiments["studies"] = {
        name: _study(own, settings, settings["studied"].get(name, []))
        for name, own in experiments["studies"].items()
    }
    if experiments["scaling"]:
        experiments["scaling"] = _scaling(experiments["scaling"], small["datasets"], settings)
    small["evaluation"] = _evaluation(small)
    return small


def _merged(tree: Any, changes: Any) -> Any:  # noqa: ANN401
    """``tree`` with the leaves of ``changes`` in place of those that it has."""
    if not isinstance(changes, dict):
        return changes
    if not isinstance(tree, dict):  # null: there is nothing to make small
        return tree
    return {key: _merged(own, changes.get(key, own)) for key, own in tree.items()}


def _least(own: Tree, settings: Tree) -> Tree:
    """Arguments with the smaller ones of ``settings`` in place of those of the same names."""
    small = {key: min(own[key], value) for key, value in settings.items() if key in own}
    return {**own, **small}


def _dataset(own: Tree, settings: Tree) -> Tree:
    network = own["problem"]["network"]
    network = {**network, "args": _least(network["args"], settings["network"])}
    problem = {**own["problem"], "network": network}
    return {
        **own,
        "args": _least(own["args"], settings["data"]),
        "problem": problem,
        "evaluation": _smaller(own["evaluation"], settings["params"]["evaluation"]),
    }


def _smaller(tree: Any, most: Any) -> Any:  # noqa: ANN401
    """A tree of numbers, none of which is larger than that of the same key in ``most``."""
    if isinstance(tree, dict) and isinstance(most, dict):
        return {key: _smaller(value, most.get(key)) for key, value in tree.items()}
    return min(tree, most) if isinstance(most, int) else tree


def _model(own: Tree, settings: Tree) -> Tree:
    overrides = {name: _least(args, settings["args"]) for name, args in own["overrides"].items()}
    return {**own, "args": _least(own["args"], settings["args"]), "overrides": overrides}


def _one_seed(small: Tree) -> None:
    """The first seed of every experiment; what looks at the paper's grid has that one's."""
    experiments = small["experiments"]
    seed = experiments["paper"]["seeds"][0]
    experiments["paper"] = {**experiments["paper"], "seeds": [seed]}
    experiments["grids"] = {
        name: {**own, "seeds": own["seeds"][:1]} for name, own in experiments["grids"].items()
    }
    experiments["studies"] = {
        name: {**own, "seeds": [seed]} for name, own in experiments["studies"].items()
    }
    if experiments["explanations"]:
        experiments["explanations"] = {**experiments["explanations"], "seed": seed}
    small["figures"] = {name: {**own, "seed": seed} for name, own in small["figures"].items()}


def _search(own: Tree, settings: Tree) -> Tree:
    """Some models on some datasets: few trials, and one finalist of each."""
    count = min(own["trials"]["count"], settings["trials"])
    names = _some([*own["datasets"]], settings["searched_on"], 1)
    return {
        **own,
        "trials": {**own["trials"], "count": count, "seeds": own["trials"]["seeds"][:1]},
        "finals": {**own["finals"], "count": 1, "seeds": own["finals"]["seeds"][:1]},
        "datasets": {name: _searched(own["datasets"][name], settings, count) for name in names},
    }


def _searched(own: Tree, settings: Tree, count: int) -> Tree:
    names = _some([*own["models"]], settings["searched"], len(settings["searched"]))
    last = count - 1
    winners = dict.fromkeys(own["scores"], last)
    return {
        **own,
        "models": {
            name: {
                **own["models"][name],
                "base": _least(own["models"][name]["base"], settings["args"]),
                "first": _least(own["models"][name]["first"], settings["args"]),
                "schedule": [
                    _least(entry, settings["args"]) for entry in own["models"][name]["schedule"]
                ],
            }
            for name in names
        },
        "decided": {
            name: {"diverged": [], "finalists": [last], "winners": {**winners}} for name in names
        },
    }


def _some(names: list[str], wanted: list[str], number: int) -> list[str]:
    """The wanted ones among some names, or so many of the first."""
    return [name for name in wanted if name in names] or names[:number]


def _study(own: Tree, settings: Tree, wanted: list[str]) -> Tree:
    """The rows that the settings name, or the first ones."""
    names = _some([*own["rows"]], wanted, settings["rows"])
    rows = {
        name: {**own["rows"][name], "args": _least(own["rows"][name]["args"], settings["args"])}
        for name in names
    }
    return {**own, "rows": rows}


def _scaling(own: Tree, datasets: Tree, settings: Tree) -> Tree:
    """On images that need no download, where there are some; no more of them than there are."""
    wanted = settings["scaled"]
    if wanted in datasets and datasets[wanted]["type"] == "images":
        own = {**own, "dataset": wanted}
    n = _size(datasets[own["dataset"]]) or max(own["counts"])
    counts = sorted({min(count, n) for count in own["counts"]})
    base = {**own["base"], "count": min(own["base"]["count"], n)}
    return {**own, "counts": counts, "base": base, "args": _least(own["args"], settings["args"])}


def _evaluation(small: Tree) -> Tree:
    """What is looked at of the data is among the few that are left."""
    sizes = {"points": [2**31], "images": [2**31]}
    for own in small["datasets"].values():
        sizes[own["type"]].append(_size(own) or 2**31)
    points, images = min(sizes["points"]), min(sizes["images"])
    evaluation = dict(small["evaluation"])
    evaluation["posterior_datum"] = min(evaluation["posterior_datum"], points - 1)
    evaluation["w2_subsample"] = min(evaluation["w2_subsample"], points)
    if own := evaluation["images"]:
        shown = small["figures"]["figure4"]["samples"]
        evaluation["images"] = {
            **own,
            "pairs": [[min(index, images - 1) for index in pair] for pair in own["pairs"]],
            "shown": min(own["shown"], images),
            "class_neighbours": min(own["class_neighbours"], images),
            "neighbours": min(own["neighbours"], images - 1),
            "samples": max(own["samples"], shown, own["neighbours"] + 1),
        }
    return evaluation


def _size(dataset: Tree) -> int | None:
    """Number of data of an entry, where its kind tells it by its arguments."""
    kind, args = dataset["kind"], dataset["args"]
    facts = facts_of(kind, args, "args")
    return facts.rows if facts else None


def main(source: Path, target: Path) -> int:
    """Write the small parameters of ``source``, which are checked, to ``target``; returns 0.

    Raises:
        UserError: ``source`` is not valid.
    """
    load(source)
    settings = yaml_file.read(SETTINGS)
    text = yaml_file.dump(smoke(whole(inherit.read(source)), settings))
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    use_checkout()
    sys.exit(exit_status(lambda: main(Path(sys.argv[1]), Path(sys.argv[2]))))
