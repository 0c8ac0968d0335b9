"""The search in the docs: its budget, and its tables, as far as they have been made."""

from coupled_vae.config.load import load
from coupled_vae.config.roots import PHASES
from coupled_vae.config.search import Search
from coupled_vae.runtime.files import read_text
from coupled_vae.runtime.project import TOP

NOT_RUN = "not run yet"


def overview() -> str:
    """A table in Markdown: for each dataset the scores, the budget of a model, and the results."""
    params = load(TOP / "params.yaml")
    search = params.experiments.search
    head = ["Data", "Scores", "CPU seconds of a model", "Trials", "Finalists", "Winners"]
    lines = [head, [":--", ":--", "--:", ":--", ":--", ":--"]]
    for name, own in search.datasets.items():
        scores = ", ".join(f"`{score}`" for score in own.scores)
        seconds = f"{own.seconds * _trainings(search):.0f}"
        label = params.datasets[name].label
        lines.append([label, scores, seconds, *(_table(root, name) for root in PHASES.values())])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def chosen() -> str:
    """Winners and what other scores would have chosen, a table for each dataset that has one."""
    params = load(TOP / "params.yaml")
    found = [
        f"**{params.datasets[name].label}**\n\n{read_text(path).strip()}"
        for name in params.experiments.search.datasets
        if (path := TOP / PHASES["chosen"] / "tables" / f"{name}.md").is_file()
    ]
    return "\n\n".join(found) or NOT_RUN.capitalize() + "."


def _trainings(search: Search) -> float:
    """How many trainings at full length the search of a model costs."""
    return sum(own.count * own.share * len(own.seeds) for own in (search.trials, search.finals))


def _table(root: str, dataset: str) -> str:
    file = f"{root}/tables/{dataset}.md"
    return f"[table](../{file})" if (TOP / file).is_file() else NOT_RUN
