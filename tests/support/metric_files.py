"""Metric files of cells, and the frame that is collected from them."""

from pathlib import Path

from coupled_vae.config.facts import Kind
from coupled_vae.config.traits import Traits
from coupled_vae.pipeline import collect
from coupled_vae.pipeline.cell import Cell

METRICS = [
    "high_density_ratio",
    "high_density_ratio_decoder_mean",
    "in_mode_std",
    "modes_covered",
    "mode_mass_tv",
    "w2_to_data",
    "mmd_rbf",
    "mmd_imq",
    "mmd_rbf_floor",
    "mmd_imq_floor",
    "reconstruction_nll",
]


VALUES = dict.fromkeys(METRICS, "0.5") | {"modes_covered": "5"}


def table(path: Path, **values: object) -> Path:
    """A file as ``evaluate`` writes it, some values changed; None leaves the row out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{metric},{value},{'' if metric == 'modes_covered' else 0.1}"
        for metric, value in (VALUES | values).items()
        if value is not None
    ]
    path.write_text("\n".join(["metric,value,resampling_std", *lines]) + "\n")
    return path


def collected(folder: Path, cells: list[tuple[Cell, Path]], kind: Kind = "modes") -> None:
    free = kind != "modes"
    traits = Traits(kind=kind, held_out=free, labels=free)
    own = dict.fromkeys((cell.dataset for cell, _ in cells), traits)
    collect.collect("paper", cells, own, folder / "m.csv", folder / "r.csv", folder / "s.json")


def cells(folder: Path) -> list[tuple[Cell, Path]]:
    return [
        (
            Cell(dataset="mog", model=model, seed=seed),
            table(
                folder / model / f"{seed}.csv",
                w2_to_data=seed,
                in_mode_std=("nan" if seed == 10 else 1),
            ),
        )
        for model in ("wae", "vae")
        for seed in (10, 2)
    ]
