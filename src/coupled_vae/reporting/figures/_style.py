"""Look of all figures, and how they are saved with bytes that depend on the content alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from coupled_vae.reporting import labels
from coupled_vae.reporting.needs import first_line
from coupled_vae.runtime.files import replacing

STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same bytes on every machine
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.linewidth": 0.6,
    "axes.edgecolor": "0.4",
    "xtick.color": "0.3",
    "ytick.color": "0.3",
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.size": 2,
    "ytick.major.size": 2,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "svg.hashsalt": "coupled-vae",
    "svg.fonttype": "none",  # text stays text: it can be found, read aloud and edited
    "pdf.fonttype": 42,  # TrueType, embedded: publishers refuse matplotlib's usual Type 3
}
INK, ALARM, FAINT = "#1f3b5c", "#d55e00", "0.90"
DPI = 200

# Okabe and Ito's colours for every kind of colour vision, from cool to warm.
HUES = np.array([[0, 114, 178], [0, 158, 115], [230, 159, 0], [213, 94, 0], [204, 121, 167]]) / 255


def density_map() -> Colormap:
    """White to dark blue, its lightness falling evenly."""
    colours: Colormap = sns.cubehelix_palette(
        start=0.25, rot=-0.25, hue=1.1, gamma=0.9, light=1.0, dark=0.12, as_cmap=True
    )
    return colours


def colours_by_place(points: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Colours ``(k, 3)`` of points in the plane: hue by the first, lightness by the second axis.

    Neighbours get similar colours, and lightness alone separates what some eyes see as one hue.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    across, up = ((points - low) / np.maximum(high - low, 1e-12)).T
    stops = np.linspace(0, 1, len(HUES))
    hue = np.stack([np.interp(across, stops, channel) for channel in HUES.T], axis=1)
    tint = np.round(up[:, None])  # towards black below the middle, white above
    return np.asarray(hue + (tint - hue) * 1.1 * np.abs(up[:, None] - 0.5))


def panels(
    figure: Figure, lefts: Sequence[float], bottoms: Sequence[float], width: float, height: float
) -> NDArray[np.object_]:
    """Axes of one size in rows and columns of a figure; all lengths are in inches.

    Args:
        figure: The figure, whose size is not changed.
        lefts: Of each column, from the left edge of the figure.
        bottoms: Of each row, from the bottom edge of the figure; the first row first.
        width: Of each panel.
        height: Of each panel.

    Returns:
        The axes, shape ``(rows, columns)``.
    """
    across, up = figure.get_size_inches()
    grid = np.empty((len(bottoms), len(lefts)), dtype=object)
    for row, column in np.ndindex(*grid.shape):
        place = (lefts[column] / across, bottoms[row] / up, width / across, height / up)
        grid[row, column] = figure.add_axes(place)
    return grid


def name_row(axes: Axes, label: str) -> None:
    """Write the name of a row at the left of its first panel, past the axis label."""
    text = axes.annotate(
        labels.plot(label), (0, 0.5), (-40, 0), "axes fraction", "offset points", rotation=90
    )
    text.set(ha="center", va="center", fontsize=10, fontweight="bold")


def label_outer(axes: Axes, letter: str, *, below: bool, left: bool) -> None:
    """Numbers and names of the axes of a panel that shares them with its row and column.

    Args:
        axes: The panel.
        letter: ``x`` of data, ``z`` of a latent space.
        below: Whether no panel is below it.
        left: Whether no panel with the same vertical axis is at its left.
    """
    axes.tick_params(labelbottom=below, labelleft=left)
    if below:
        axes.set_xlabel(f"${letter}_1$", labelpad=1)
    if left:
        axes.set_ylabel(f"${letter}_2$", labelpad=1)


def subtitle(axes: Axes, text: str) -> None:
    """A small line between a panel and its title."""
    shown = axes.annotate(text, (0.5, 1), (0, 4), "axes fraction", "offset points", ha="center")
    shown.set(fontsize=6.5, color="0.35")


def title_of(kind: str, dataset: str) -> str:
    """What the figure of a file in this folder shows, of which dataset."""
    title = first_line("figures", kind)
    return f"{title} Data: {dataset}." if dataset else title


def save(figure: Figure, folder: Path, name: str, title: str = "") -> None:
    """Write ``name.png``, ``name.svg`` and ``name.pdf`` into a folder.

    Args:
        figure: The figure.
        folder: Created where needed.
        name: Stem of the files.
        title: What the figure shows, which a screen reader says of the SVG; by default its name.
    """
    for suffix, metadata in _metadata(" ".join((title or name).split())).items():
        with replacing(folder / f"{name}.{suffix}") as path, rc_context(STYLE):
            figure.savefig(path, format=suffix, dpi=DPI, metadata=metadata)


def _metadata(title: str) -> dict[str, dict[str, str | None]]:
    """By ending. Neither times nor versions: equal figures have equal bytes."""
    pdf = dict.fromkeys(("Creator", "Producer", "CreationDate"))
    return {
        "png": {"Software": None},
        "svg": {"Date": None, "Creator": None, "Title": title},
        "pdf": {**pdf, "Title": title},
    }
