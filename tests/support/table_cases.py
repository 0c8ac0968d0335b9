"""Frames of record with known values, and the tables that are made from them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from coupled_vae.config.extends import UNDECIDED
from coupled_vae.config.roots import Phase
from coupled_vae.config.search import Decided
from coupled_vae.reporting.rows import SearchedModel, SearchInput, SearchRow

VALUES = {
    "high_density_ratio": 0.9,
    "high_density_ratio_decoder_mean": 0.88,
    "in_mode_std": 0.05,
    "modes_covered": 20,
    "mode_mass_tv": 0.06,
    "w2_to_data": 0.3,
    "mmd_rbf": 0.002,
    "mmd_imq": 0.02,
    "mmd_rbf_floor": 0.0001,
    "mmd_imq_floor": 0.001,
}
MODELS = [("vae", "VAE"), ("mine", "My model")]


def write(folder: Path, models: list[str], seeds: list[int], **changes: float) -> dict[str, Path]:
    """Frames where every value grows by a tenth of itself from seed to seed; no mode is cut."""
    rows = [
        ("paper", "mog", model, seed, metric, round(value * (1 + index / 10), 9))
        for model in models
        for index, seed in enumerate(seeds)
        for metric, value in (VALUES | changes).items()
    ]
    keys = ["experiment", "dataset", "model", "seed", "metric"]
    frame = pd.DataFrame(rows, columns=[*keys, "value"])
    frame.to_csv(folder / "metrics.csv", index=False)
    errors = frame.rename(columns={"value": "resampling_std"})
    errors["resampling_std"] /= 100
    errors.to_csv(folder / "resampling.csv", index=False)
    return {"metrics": folder / "metrics.csv", "resampling": folder / "resampling.csv"}


TRIALS = {0: "fast", 1: "slow", 2: "lost"}  # with their rates in the arguments
SCORES = ("w2_to_data", "high_density_ratio")


def searched_model(name: str, phase: Phase = "trials", **decided: Any) -> SearchedModel:
    """A model of the search with three trials, of which a later one costs less."""
    return SearchedModel(
        name=name,
        label=dict(MODELS)[name],
        rows=[
            SearchRow(
                trial=trial,
                name=f"{name}.{phase[0]}{trial:02d}",
                args={"rate": trial, "kind": text},
                cost=10_000_000 - trial,
            )
            for trial, text in TRIALS.items()
        ],
        decided=Decided(**UNDECIDED | decided),
    )


def search_input(
    folder: Path, models: list[SearchedModel], seeds: Sequence[int] = (100, 101), **changes: Any
) -> SearchInput:
    """A round of the search with a frame in which all trials are alike, up to the seed."""
    write(folder, [row.name for model in models for row in model.rows], [*seeds])
    given = {
        "phase": "trials",
        "dataset": "mog",
        "kind": "modes",
        "scores": [*SCORES],
        "finalists": 2,
        "seconds": 14.25,
        "models": models,
        "metrics": folder / "metrics.csv",
        "out": folder,
    }
    return SearchInput(**given | changes)


def with_scores(given: SearchInput, metric: str, **values: float | Sequence[float]) -> None:
    """Put values into the frame, by the name of a row, such as ``vae_t00``; one for each seed."""
    frame = pd.read_csv(given.metrics)
    for name, value in values.items():
        rows = (frame["model"] == name.replace("_", ".")) & (frame["metric"] == metric)
        assert rows.any(), name
        frame.loc[rows, "value"] = value
    frame.to_csv(given.metrics, index=False, na_rep="nan")
