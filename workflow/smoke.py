"""Make a small ``params.yaml`` for ``make smoke`` and the tests: ``smoke.py FROM TO``."""

import sys
from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).resolve().parents[1]


def merged(tree: Any, changes: Any) -> Any:  # noqa: ANN401
    """``tree`` with the leaves of ``changes`` put in place of its own."""
    if not isinstance(tree, dict) or not isinstance(changes, dict):
        return changes
    return tree | {key: merged(tree.get(key), value) for key, value in changes.items()}


def smoke(tree: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Parameters of the same workflow with all its models, each at a fraction of its cost."""
    small: dict[str, Any] = merged(tree, settings["params"])
    searches = small["experiments"]["search"]["datasets"]
    arguments = [own for entry in small["models"].values() for own in _arguments(entry)]
    for own in searches.values():
        own["candidates"] = {
            name: dict(list(own["candidates"][name].items())[: settings["candidates"]])
            for name in settings["searched"]
        }
        own["base"] = {name: own["base"][name] for name in own["candidates"]}
        arguments += own["base"].values()
        arguments += [args for group in own["candidates"].values() for args in group.values()]
    for name, study in small["experiments"]["studies"].items():
        study["seeds"] = small["experiments"]["paper"]["seeds"]
        study["rows"] = {row: study["rows"][row] for row in settings["studied"][name]}
        arguments += [row["args"] for row in study["rows"].values()]
    for own in arguments:
        own.update({key: value for key, value in settings["args"].items() if key in own})
    return small


def _arguments(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["args"], *entry["overrides"].values()]


def main(source: Path, target: Path) -> None:
    """Write the small parameters of ``source`` to ``target``."""
    settings = yaml.safe_load((TOP / "workflow" / "smoke.yaml").read_text(encoding="utf-8"))
    small = smoke(yaml.safe_load(source.read_text(encoding="utf-8")), settings)
    text = yaml.safe_dump(small, sort_keys=False)
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
