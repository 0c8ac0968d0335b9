"""What the tables of the search share."""

import json
from collections.abc import Iterator

from coupled_vae.reporting import labels, selection
from coupled_vae.reporting.rows import SearchedModel, SearchInput, SearchRow
from coupled_vae.reporting.tables._render import Row
from coupled_vae.reporting.tables._results import Results


def in_order(
    given: SearchInput, model: SearchedModel, values: Results
) -> Iterator[tuple[SearchRow, selection.Measured]]:
    """What a round trained of a model, with its scores; the best by the first score first."""
    by_trial = {row.trial: row for row in model.rows}
    found = selection.measured(model, values, given.scores)
    for own in selection.ordered(found, given.scores[0]):
        yield by_trial[own.trial], own


def start(model: SearchedModel, row: SearchRow) -> Row:
    """The first columns of a row."""
    return {
        "model": model.name,
        "label": model.label,
        "trial": row.trial,
        "arguments": json.dumps(row.args),
    }


def heading(row: Row) -> dict[str, str]:
    """The first cells of a row."""
    arguments = row["arguments"].strip("{}").replace('"', "")
    return {"Model": row["label"], "Trial": str(row["trial"]), "Arguments": arguments}


def remarks(given: SearchInput, values: Results) -> Iterator[str]:
    """What a reader must know of trials that are left out, and of what the parameters say."""
    for model in given.models:
        if trials := ", ".join(map(str, model.decided.diverged)):
            yield f"Diverged and left out: {labels.markdown(model.label)} {trials}."
    yield from (f"{line}." for line in selection.differences(given, values))
