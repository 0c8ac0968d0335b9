"""What ``params.yaml`` may leave out: empty sections, and arguments that equal those of a model.

``complete`` fills in what was left out, so that every other reader finds the whole file. Values
that can change a result are always written: once, in the entry that is extended.

- ``extends: cvae`` in an entry of ``models``: kind, arguments and overrides of that entry, with
  those that the entry writes itself in their place.
- ``extends: cvae`` in the ``base`` of a search: the arguments that the model has on that dataset,
  but those that trials vary.
- An empty ``args``, ``problem``, ``overrides`` or ``evaluation``, and a row's ``value`` of null.
- What a search has not decided yet: empty ``diverged``, ``finalists`` and ``winners``.
"""

from collections.abc import Iterator
from typing import Any

Tree = dict[str, Any]
KEY = "extends"
UNDECIDED: Tree = {"diverged": [], "finalists": [], "winners": {}}


def complete(tree: Tree) -> Tree:
    """A copy of a tree read from YAML, with everything filled in that may be left out.

    Values of a wrong type are passed on unchanged: the schema refuses them.

    Raises:
        ValueError: One line: an entry extends an unknown entry, or itself.
    """
    whole: Tree = _copy(tree)
    models = whole.get("models")
    if isinstance(models, dict):
        for name in models:
            _extend_model(models, name, [])
    for entry in _entries(models):
        entry.setdefault("args", {})
        entry.setdefault("overrides", {})
    for dataset in _entries(whole.get("datasets")):
        _complete_problem(dataset)
        dataset.setdefault("evaluation", {})
    experiments = whole.get("experiments")
    if isinstance(experiments, dict):
        _complete_experiments(experiments, models if isinstance(models, dict) else {})
    return whole


def _copy(tree: Any) -> Any:  # noqa: ANN401
    """A copy that shares nothing; ``copy.deepcopy`` would keep what aliases of YAML share."""
    if isinstance(tree, dict):
        return {key: _copy(value) for key, value in tree.items()}
    return [_copy(value) for value in tree] if isinstance(tree, list) else tree


def _entries(section: Any) -> Iterator[Tree]:  # noqa: ANN401
    if isinstance(section, dict):
        yield from (entry for entry in section.values() if isinstance(entry, dict))


def _extend_model(models: Tree, name: str, waiting: list[str]) -> None:
    """Fill in an entry, after the entry that it extends."""
    entry = models[name]
    if not isinstance(entry, dict) or KEY not in entry:
        return
    base = _named(models, entry[KEY], f"models.{name}.{KEY}", [*waiting, name])
    _extend_model(models, str(entry[KEY]), [*waiting, name])
    del entry[KEY]
    if "kind" in base:
        entry.setdefault("kind", base["kind"])
    entry["args"] = _merged(base.get("args"), entry.get("args", {}))
    overrides = entry.setdefault("overrides", {})
    if isinstance(overrides, dict) and isinstance(base.get("overrides"), dict):
        for dataset, args in base["overrides"].items():
            overrides[dataset] = _merged(args, overrides.get(dataset, {}))


def _named(models: Tree, name: object, place: str, waiting: list[str]) -> Tree:
    """The entry that is extended.

    Raises:
        ValueError: No entry has that name, or the chain of entries leads back to itself.
    """
    if name in waiting:
        chain = " -> ".join([*waiting, str(name)])
        raise ValueError(f"{place} leads back to itself: {chain}; extend another model")
    base = models.get(name) if isinstance(name, str) else None
    if not isinstance(base, dict):
        choices = [own for own in models if own not in waiting]
        raise ValueError(f"{place} names {name!r}; choices are {', '.join(map(str, choices))}")
    return base


def _merged(base: Any, changes: Any) -> Any:  # noqa: ANN401
    """``base`` updated by ``changes``; only ``changes`` if one of the two is no mapping."""
    if isinstance(base, dict) and isinstance(changes, dict):
        return _copy({**base, **changes})
    return changes


def _complete_problem(owner: Tree) -> None:
    problem = owner.get("problem")
    if isinstance(problem, dict):
        for part in _entries(problem):
            part.setdefault("args", {})


def _complete_experiments(experiments: Tree, models: Tree) -> None:
    for study in _entries(experiments.get("studies")):
        for row in _entries(study.get("rows")):
            row.setdefault("value", None)
            row.setdefault("args", {})
            row.setdefault("problem", {})
            _complete_problem(row)
    search = experiments.get("search")
    if isinstance(search, dict) and isinstance(search.get("datasets"), dict):
        for dataset, own in search["datasets"].items():
            if isinstance(own, dict) and isinstance(own.get("models"), dict):
                place = f"experiments.search.datasets.{dataset}.models"
                for name, model in own["models"].items():
                    _complete_base(models, model, dataset, f"{place}.{name}.base.{KEY}")
                decided = own.setdefault("decided", {})
                if isinstance(decided, dict):
                    own["decided"] = {name: {} for name in own["models"]} | decided
                for entry in _entries(own["decided"]):
                    entry |= {**_copy(UNDECIDED), **entry}


def _complete_base(models: Tree, own: Any, dataset: str, place: str) -> None:  # noqa: ANN401
    """Fill in the arguments that all trials of a model share."""
    base = own.setdefault("base", {}) if isinstance(own, dict) else None
    if not isinstance(base, dict) or KEY not in base:
        return
    entry = _named(models, base[KEY], place, [])
    usual = _merged(entry.get("args"), (entry.get("overrides") or {}).get(dataset, {}))
    changes = {key: value for key, value in base.items() if key != KEY}
    own["base"] = _merged(_without(usual, own.get("schedule"), own.get("space")), changes)


def _without(args: Any, schedule: Any, space: Any) -> Any:  # noqa: ANN401
    """Arguments without those that trials vary, so that adopting a winner changes no trial."""
    varied = [*(schedule if isinstance(schedule, list) else []), space]
    keys = {key for own in varied if isinstance(own, dict) for key in own}
    if not isinstance(args, dict):
        return args
    return {key: value for key, value in args.items() if key not in keys}
