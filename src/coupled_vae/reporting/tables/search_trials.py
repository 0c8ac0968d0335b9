"""The first round of the search: every trial with its scores, and which ones go on."""

from coupled_vae.metrics import catalogue
from coupled_vae.reporting import selection
from coupled_vae.reporting.rows import SearchedModel, SearchInput
from coupled_vae.reporting.tables import _search
from coupled_vae.reporting.tables._render import Row, spread, write
from coupled_vae.reporting.tables._results import Results

NOTE = (
    "Mean ± standard deviation between the search's seeds, which are disjoint from the reported "
    "ones; of each model the best by the first score stand first. Every model has the same number "
    "of trials and the same budget of CPU seconds for each. Finalists are the best trial by each "
    "score, the next ones by the first, and trial 0, whose arguments were in use before."
)


def write_table(given: SearchInput) -> None:
    """Write ``{dataset}.{md,csv,tex,narrow.tex}`` of what the plan gives it.

    Raises:
        UserError: The frame is missing, damaged or incomplete.
    """
    values = selection.frame(given, given.scores)
    rule = selection.finalists_of(given, values)
    rows = [row for model in given.models for row in _rows(given, model, values, rule[model.name])]
    scores = catalogue.shown(*given.scores)

    def shown(row: Row) -> dict[str, str]:
        return {
            **_search.heading(row),
            "Goes on": "✓" if row["finalist"] else "",
            **{
                header: spread(row, name, decimals, scale)
                for name, (header, decimals, scale) in scores.items()
            },
            "CPU seconds": f"{row['seconds']:.0f}",
        }

    note = " ".join([NOTE, *_search.remarks(given, values)])
    write(given.out, given.dataset, rows, shown, note, num_text=4)


def _rows(
    given: SearchInput, model: SearchedModel, values: Results, finalists: list[int]
) -> list[Row]:
    rows: list[Row] = []
    for found, own in _search.in_order(given, model, values):
        row = _search.start(model, found)
        for score in given.scores:
            row |= values.spread(found.name, score)
        row |= {"seconds": given.seconds, "finalist": own.trial in finalists}
        rows.append(row)
    return rows
