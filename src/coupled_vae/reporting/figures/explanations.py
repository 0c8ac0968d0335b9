"""The figure of the paper's two explanations: blur and posterior collapse."""

from pathlib import Path

import pandas as pd
import seaborn as sns
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
RIGHT, APART = 0.45, 0.35  # right of all panels; additional space before the last
FAR = 0.25  # spread from which on the data that share a z count as distant, in the data's unit
COLOURS = {False: style.INK, True: style.ALARM}  # by whether distant data share a z
EVERY = 5  # of so many data one is shown in the background


def explanations(
    models: list[tuple[str, str]], draws: Path, plans: Path, data: Path, out: Path
) -> None:
    """Write ``figure.png``, ``figure.svg`` and ``figure.pdf`` into a folder.

    Args:
        models: Name and label of every model of ``draws``, in the order of the panels.
        draws: What ``explain`` wrote of draws.
        plans: What it wrote of forgetful decoders.
        data: The dataset's ``.npz``.
        out: The folder.
    """
    decoded = read_draws(draws, [name for name, _ in models])
    coupling = read_plans(plans)
    x = datasets.load(data).x
    with rc_context(style.STYLE):
        width, height = LEFT + (len(models) + 1) * PITCH + RIGHT, BOTTOM + PANEL + TOP
        figure = Figure(figsize=(width, height))
        lefts = [LEFT + column * PITCH for column in range(len(models))]
        last = LEFT + len(models) * PITCH + APART
        (panels,) = style.panels(figure, [*lefts, last], [BOTTOM], PANEL, PANEL)
        for axes, (name, label) in zip(panels, models, strict=False):
            shared = _blur(axes, decoded[decoded["model"] == name], x)
            axes.set_title(f"{labels.plot(label)}: decoder at z", pad=15)
            style.subtitle(axes, f"{100 * shared:.0f} % of z shared by distant data")
        _collapse(panels[-1], coupling)
    style.save(figure, out, "figure", style.title_of("explanations", ""))


def _blur(axes: Axes, draws: pd.DataFrame, x: Points) -> float:
    """Decoder means, each joined to the weighted mean of the data; orange: distant data share z.

    Returns:
        The share of the draws that distant data share.
    """
    axes.scatter(x[::EVERY, 0], x[::EVERY, 1], s=0.5, c="0.8", linewidths=0, rasterized=True)
    draws = draws.assign(shared=draws["spread"] > FAR).sort_values(
        "shared", kind="stable"
    )  # orange on top
    axes.plot(*(draws[[f"decoded{k}", f"mean{k}"]].T for k in (1, 2)), c="0.5", lw=0.3)
    sns.scatterplot(
        draws, x="decoded1", y="decoded2", hue="shared", palette=COLOURS, s=2, linewidth=0,
        legend=False, zorder=3, ax=axes,
    )  # fmt: skip
    axes.set(xticks=[], yticks=[])
    axes.set_aspect("equal")
    axes.set_xlabel("$x_1$", labelpad=2)
    axes.set_ylabel("$x_2$", labelpad=2)
    return float(draws["shared"].mean())


def _collapse(axes: Axes, plans: pd.DataFrame) -> None:
    axes.plot(plans["memory"], plans["information"], "o-", c=style.INK, ms=3, lw=1)
    axes.set_xlabel("share of the decoder that depends on z", labelpad=2)
    axes.set_ylabel("information of the plan (nats)", labelpad=2)
    axes.axhline(0, c=style.ALARM, lw=0.8)
