"""The second round of the search: longer trainings on more seeds, and whom scores choose."""

from coupled_vae.metrics import catalogue
from coupled_vae.reporting import selection
from coupled_vae.reporting.rows import SearchedModel, SearchInput
from coupled_vae.reporting.tables import _search
from coupled_vae.reporting.tables._render import Row, plus_minus, title, write
from coupled_vae.reporting.tables._results import Results

NOTE = (
    "Mean ± standard error over the search's seeds. A score chooses, among the finalists within "
    "one standard error of the best, the one with the fewest data in all gradient steps, and of "
    "equally many the one that the other scores prefer."
)


def write_table(given: SearchInput) -> None:
    """Write ``{dataset}.{md,csv,tex,narrow.tex}`` of what the plan gives it.

    Raises:
        UserError: The frame is missing, damaged or incomplete.
    """
    values = selection.frame(given, given.scores)
    rule = selection.winners_of(given, values)
    rows = [row for model in given.models for row in _rows(given, model, values, rule[model.name])]
    scores = catalogue.shown(*given.scores)

    def shown(row: Row) -> dict[str, str]:
        return {
            **_search.heading(row),
            "Chosen by": ", ".join(title(name) for name in row["chosen_by"].split()),
            **{
                header: plus_minus(row[f"{name}_mean"], row[f"{name}_error"], decimals, scale)
                for name, (header, decimals, scale) in scores.items()
            },
            "Data in steps (millions)": f"{row['cost'] / 1e6:.1f}",
            "CPU seconds": f"{row['seconds']:.0f}",
        }

    note = " ".join([NOTE, *_search.remarks(given, values)])
    write(given.out, given.dataset, rows, shown, note, num_text=4)


def _rows(
    given: SearchInput, model: SearchedModel, values: Results, winners: dict[str, int]
) -> list[Row]:
    rows: list[Row] = []
    for found, own in _search.in_order(given, model, values):
        row = _search.start(model, found)
        for score in given.scores:
            row |= {f"{score}_mean": own.means[score], f"{score}_error": own.errors[score]}
        chosen = [score for score in given.scores if winners.get(score) == own.trial]
        row |= {"cost": own.cost, "seconds": given.seconds, "chosen_by": " ".join(chosen)}
        rows.append(row)
    return rows
