"""The figure of the scaling: seconds of an update and peak memory against what varies."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from coupled_vae.reporting.figures import _style as style
from coupled_vae.reporting.tables.scaling import departures, line, wide

PANEL, HEIGHT, PITCH = 1.95, 1.75, 2.58  # inches
LEFT, BOTTOM, TOP, RIGHT = 0.56, 0.45, 0.12, 0.1


def scaling(measured: Path, base: int, out: Path) -> None:
    """Write ``figure.png``, ``figure.svg`` and ``figure.pdf`` into a folder.

    Args:
        measured: What ``coupled_vae.studies.scaling`` wrote.
        base: The figure shows the departure from linear from so many data on.
        out: The folder.
    """
    points = wide(measured)
    series = {name: points[points["varies"] == name] for name in ("n", "pool_size", "latent_dim")}
    blocks = points[points["varies"] == "cost"]
    with rc_context(style.STYLE):
        width, height = LEFT + 3 * PITCH + PANEL + RIGHT, BOTTOM + HEIGHT + TOP
        figure = Figure(figsize=(width, height))
        lefts = [LEFT + column * PITCH for column in range(4)]
        (panels,) = style.panels(figure, lefts, [BOTTOM], PANEL, HEIGHT)
        _against_size(panels[0], series["n"], "n", base)
        panels[0].set(ylabel="CPU seconds of an update", xlabel="data n")
        _against_size(panels[1], series["pool_size"], "pool_size", 0)
        panels[1].set(ylabel="CPU seconds of an update", xlabel="prior draws in a pool")
        _against_latent(panels[2], series["latent_dim"])
        _memory(panels[3], series["n"], blocks)
    style.save(figure, out, "figure", style.title_of("scaling", ""))


def _against_size(axes: Axes, rows: pd.DataFrame, name: str, least: int) -> None:
    """Log-log, with the line through zero and the largest size."""
    size, seconds = rows[name].to_numpy(float), rows["update"].to_numpy(float)
    linear, apart = line(size, seconds), departures(size, seconds)
    axes.plot(size, linear, c=style.ALARM, lw=0.8, label="linear through the largest")
    axes.plot(size, seconds, "o-", c=style.INK, ms=3, lw=1)
    for k in np.flatnonzero((size >= least) & (size < size.max())):
        axes.annotate(
            f"{round(100 * apart[k], 1) + 0.0:+.1f} %",
            (size[k], min(seconds[k], linear[k])),
            xytext=(4, -8),
            textcoords="offset points",
            fontsize=6.5,
        )
    axes.set(xscale="log", yscale="log")
    axes.margins(x=0.08, y=0.15)
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.legend(frameon=False, fontsize=6.5, loc="upper left", handlelength=1.2)
    _ticks(axes, size)


def _against_latent(axes: Axes, rows: pd.DataFrame) -> None:
    for name, label, colour in (
        ("update", "an update", style.INK),
        ("decoder_step", "a step of the decoder", "0.55"),
    ):
        axes.plot(rows["latent_dim"], 1000 * rows[name], "o-", c=colour, ms=3, lw=1, label=label)
    axes.set(xscale="log", ylabel="CPU milliseconds", xlabel="latent dimension")
    axes.set_ylim(0, 1.45 * 1000 * rows[["update", "decoder_step"]].to_numpy().max())
    axes.legend(frameon=False, fontsize=6.5, loc="upper left", handlelength=1.2)
    _ticks(axes, rows["latent_dim"])


def _memory(axes: Axes, rows: pd.DataFrame, blocks: pd.DataFrame) -> None:
    axes.plot(rows["n"], rows["memory"], "o-", c=style.INK, ms=3, lw=1, label="cost held")
    axes.plot(blocks["n"], blocks["memory"], "D", c=style.ALARM, ms=4, label="cost in blocks")
    axes.plot(
        rows["n"],
        rows["memory_training"],
        "o:",
        c="0.55",
        ms=2,
        lw=1,
        label="with training's start",
    )
    axes.set(ylabel="peak memory (MB)", xlabel="data n")
    axes.set_ylim(0, 1.3 * rows["memory_training"].max())
    axes.set_xlim(0, 1.08 * rows["n"].max())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    axes.legend(frameon=False, fontsize=6.5, loc="upper left", handlelength=1.2)


def _ticks(axes: Axes, sizes: Iterable[float]) -> None:
    """The sizes themselves, the first and then each that has room."""
    shown: list[int] = []
    for size in sorted(sizes):
        if not shown or size / shown[-1] > 1.9:
            shown.append(int(size))
    axes.set_xticks(shown)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))


def _short(value: float) -> str:
    return f"{value / 1000:g}k" if value >= 1000 and value % 100 == 0 else f"{value:g}"
