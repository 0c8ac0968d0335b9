"""The figure of the paper's two explanations: blur and posterior collapse."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coupled_vae.data import dataset as datasets
from coupled_vae.reporting import labels
from coupled_vae.reporting.figures import _style as style
from coupled_vae.reporting.figures.study import Points
from coupled_vae.reporting.tables.explanations import read_draws, read_plans

PANEL, PITCH = 1.9, 2.15  # inches
LEFT, BOTTOM, TOP = 0.45, 0.45, 0.42


def explanations(
    models: list[tuple[str, str]], draws: Path, plans: Path, data: Path, out: Path
) -> None:
    """Write ``figure.png`` and ``figure.svg`` into a folder.

    Args:
        models: Name and label of every model of ``draws``, in the order of the panels.
        draws: What ``explain`` wrote of draws.
        plans: What it wrote of forgetful decoders.
        data: The dataset's ``.npz``.
        out: The folder.
    """
    told, coupling = read_draws(draws, [name for name, _ in models]), read_plans(plans)
    x = datasets.load(data).x
    with rc_context(style.STYLE):
        width, height = LEFT + (len(models) + 1) * PITCH + 0.45, BOTTOM + PANEL + TOP
        figure = Figure(figsize=(width, height))
        for column in range(len(models) + 1):
            left = LEFT + column * PITCH + (0.25 if column == len(models) else 0)
            place = (left / width, BOTTOM / height, PANEL / width, PANEL / height)
            axes = figure.add_axes(place)
            if column < len(models):
                name, label = models[column]
                _blur(axes, told[told["model"] == name], x)
                axes.set_title(f"{labels.plot(label)}: decoder at z", pad=4)
            else:
                _collapse(axes, coupling)
    style.save(figure, out, "figure")


def _blur(axes: Axes, draws: pd.DataFrame, x: Points) -> None:
    """Decoder means, joined to the weighted mean of the data; alarming where far data share z."""
    axes.scatter(x[::5, 0], x[::5, 1], s=0.5, c="0.8", linewidths=0, rasterized=True)
    decoded = draws[["decoded1", "decoded2"]].to_numpy()
    mean = draws[["mean1", "mean2"]].to_numpy()
    shared = draws["spread"].to_numpy() > 0.25
    for start, end in zip(decoded, mean, strict=True):
        axes.plot(*np.stack([start, end]).T, c="0.5", lw=0.3)
    for chosen, colour in ((~shared, style.INK), (shared, style.ALARM)):
        points = decoded[chosen]
        axes.scatter(points[:, 0], points[:, 1], s=2, c=colour, linewidths=0, zorder=3)
    axes.set(xticks=[], yticks=[])
    axes.set_aspect("equal")
    axes.set_xlabel(f"{100 * shared.mean():.0f} % of z shared by distant data", labelpad=3)


def _collapse(axes: Axes, plans: pd.DataFrame) -> None:
    axes.plot(plans["memory"], plans["information"], "o-", c=style.INK, ms=3, lw=1)
    axes.set_xlabel("share of the decoder that depends on z", labelpad=2)
    axes.set_title("information of the plan (nats)", pad=4)
    axes.axhline(0, c=style.ALARM, lw=0.8)
