"""The winners with the reported seeds: what if another score had chosen the arguments."""

import math

from coupled_vae.metrics import catalogue
from coupled_vae.reporting import labels, selection
from coupled_vae.reporting.rows import SearchedModel, SearchInput
from coupled_vae.reporting.tables import _search
from coupled_vae.reporting.tables._render import Row, spread, title, write
from coupled_vae.reporting.tables._results import Results

# Shown beside the scores.
OTHERS = {
    "modes": ("w2_to_data", "high_density_ratio", "modes_covered", "mode_mass_tv", "mmd_rbf"),
    "points": ("w2_to_data", "mmd_rbf", "hole_mass", "reconstruction_nll"),
    "images": ("mmd_rbf", "hole_mass", "reconstruction_nll", "coverage"),
}
NOTE = (
    "Every model with the arguments that a score of the search chooses, trained with the reported "
    "seeds: mean ± standard deviation between them, and behind it the rank among the models whose "
    "arguments the same score chose. ✓: these arguments are those of the paper's grid."
)


def write_table(given: SearchInput) -> None:
    """Write ``{dataset}.{md,csv,tex,narrow.tex}`` of what the plan gives it.

    Raises:
        UserError: The frame is missing, damaged or incomplete.
    """
    metrics = [*dict.fromkeys([*given.scores, *OTHERS[given.kind]])]
    values = selection.frame(given, metrics)
    rows = [row for score in given.scores for row in _rows(given, score, metrics, values)]
    headers = catalogue.shown(*metrics)

    def shown(row: Row) -> dict[str, str]:
        return {
            "Chosen by": title(row["chosen_by"]),
            **_search.heading(row),
            "In the grid": "✓" if row["in_grid"] else "",
            **{
                header: spread(row, name, decimals, scale) + _place(row, name)
                for name, (header, decimals, scale) in headers.items()
            },
        }

    note = " ".join([NOTE, *(_sentence(rows, score) for score in given.scores)])
    main = ("Chosen by", "Model", headers[given.scores[0]][0])  # a rank widens a column
    write(given.out, given.dataset, rows, shown, note, num_text=5, main=main)


def _rows(given: SearchInput, score: str, metrics: list[str], values: Results) -> list[Row]:
    """The models whose winner by a score is known."""
    rows = [
        _row(model, score, metrics, values)
        for model in given.models
        if score in model.decided.winners
    ]
    for metric in metrics:
        means = [selection.loss(metric, row[f"{metric}_mean"]) for row in rows]
        for row, own in zip(rows, means, strict=True):
            known = _is_ranked(metric) and not math.isnan(own)
            row[f"{metric}_rank"] = 1 + sum(other < own for other in means) if known else None
    return rows


def _row(model: SearchedModel, score: str, metrics: list[str], values: Results) -> Row:
    (found,) = (row for row in model.rows if row.trial == model.decided.winners[score])
    row: Row = {"chosen_by": score, **_search.start(model, found), "in_grid": "." not in found.name}
    for metric in metrics:
        row |= values.spread(found.name, metric)
    return row


def _is_ranked(metric: str) -> bool:
    return catalogue.METRICS[metric].better != "near"


def _place(row: Row, metric: str) -> str:
    rank = row[f"{metric}_rank"]
    return "" if rank is None else f" ({rank})"


def _sentence(rows: list[Row], metric: str) -> str:
    """Whether the order of the models by a score depends on the score that chose."""
    orders: dict[str, list[str]] = {}
    for score in dict.fromkeys(row["chosen_by"] for row in rows):
        own = [row for row in rows if row["chosen_by"] == score and row[f"{metric}_rank"]]
        names = [
            labels.markdown(row["label"])
            for row in sorted(own, key=lambda row: row[f"{metric}_rank"])
        ]
        orders.setdefault(", ".join(names), []).append(title(score))
    if len(orders) <= 1:
        return f"By {title(metric)} the order of the models is the same, whichever score chooses."
    listed = "; ".join(f"{names} (chosen by {' or '.join(by)})" for names, by in orders.items())
    return f"By {title(metric)} the order of the models depends on which score chooses: {listed}."
