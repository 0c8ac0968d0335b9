"""Frames of record with known values, and the tables that are made from them."""

from pathlib import Path

import pandas as pd

from coupled_vae.config.experiments import Search
from coupled_vae.reporting.tables.search import search

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


EXPERIMENT = Search(
    score="w2_to_data",
    base={"vae": {"rate": 5, "size": 2}},
    candidates={"vae": {"slow": {"rate": 1, "size": 2}, "fast": {"rate": 10}, "lost": {"rate": 0}}},
)


def searched(folder: Path, rate: int, **scores: float) -> pd.DataFrame:
    write(folder, [f"vae.{name}" for name in scores], [100, 101])
    frame = pd.read_csv(folder / "metrics.csv")
    for name, score in scores.items():
        rows = (frame["model"] == f"vae.{name}") & (frame["metric"] == "w2_to_data")
        frame.loc[rows, "value"] = score
    frame.to_csv(folder / "metrics.csv", index=False, na_rep="nan")
    args = {"vae": {"rate": rate, "size": 2}}
    search("mog", "modes", MODELS, EXPERIMENT, args, folder / "metrics.csv", folder)
    return pd.read_csv(folder / "mog.csv").set_index("candidate")
