"""Whether every panel of a figure has names at its axes."""

from collections.abc import Iterator
from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coupled_vae.reporting.figures import _style


@pytest.fixture(autouse=True)
def check_axis_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every figure that a test saves, each panel has names at its axes."""
    save = _style.save

    def checked(figure: Figure, *words: Any) -> None:
        assert nameless(figure) == []
        save(figure, *words)

    monkeypatch.setattr(_style, "save", checked)


def nameless(figure: Figure) -> list[str]:
    """Axes without a name; a panel may share that of one below it, or at its left."""
    panels = [axes for axes in figure.axes if axes.axison]
    found = []
    for axes in panels:
        if not any(other.get_xlabel() for other in _alike(axes, panels, "x")):
            found.append(f"x of {axes.get_title() or axes.get_position()}")
        if not any(other.get_ylabel() for other in _alike(axes, panels, "y")):
            found.append(f"y of {axes.get_title() or axes.get_position()}")
    return found


def _alike(axes: Axes, panels: list[Axes], along: str) -> Iterator[Axes]:
    """The panel, and those of its column (``x``) or row (``y``) with the same limits."""
    for other in panels:
        mine, theirs = _axis(axes, along), _axis(other, along)
        if len(mine) == len(theirs) and theirs == pytest.approx(mine):
            yield other


def _axis(axes: Axes, along: str) -> list[float]:
    """Where a panel's axis begins in the figure, and its limits where it has numbers."""
    place = axes.get_position(original=True)
    if along == "x":
        return [place.x0, *(axes.get_xlim() if len(axes.get_xticks()) else ())]
    return [place.y0, *(axes.get_ylim() if len(axes.get_yticks()) else ())]
