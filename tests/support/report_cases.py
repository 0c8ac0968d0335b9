"""What the plan would give the report of the paper's grid: a mixture of three seeds."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from html_page import read
from PIL import Image

from coupled_vae.config.traits import Traits
from coupled_vae.reporting import page_docs
from coupled_vae.reporting.page import page
from coupled_vae.reporting.rows import DatasetRows, PageDataset, PageInput, PageModel, PaperInput

MODELS = [("vae", "VAE <b>"), ("vae_nf", "VAE-NF"), ("wae", "WAE"), ("infovae", "InfoVAE")]
MODELS += [("cvae", "C-VAE")]
POINTS = Traits(kind="modes", held_out=False)
RATIO = {"vae": 0.70, "vae_nf": 0.50, "wae": 0.60, "infovae": 0.80, "cvae": 0.98}
HISTORY = "iteration,loss,mmd\n10,4.0,0.5\n20,2.0,-0.5\n30,3.0,0.0\n"


def rows_of(name: str, run: bool = True) -> DatasetRows:
    label = {"mog": "Mixture", "mnist": "MNIST"}[name]
    return DatasetRows(name=name, label=label, metrics=POINTS.metrics(), models=MODELS, run=run)


def frame(column: str, seeds: int = 3) -> str:
    """A frame of some seeds; of ``resampling_std`` all values are 0.005."""
    lines = [f"experiment,dataset,model,seed,metric,{column}"]
    for (model, _), seed, metric in product(MODELS, range(seeds), POINTS.metrics()):
        value = 25.0 if metric == "modes_covered" else RATIO[model] + seed / 1000
        value = 0.005 if column == "resampling_std" else value
        lines.append(f"paper,mog,{model},{seed},{metric},{value}")
    return "\n".join(lines) + "\n"


def report_input(tmp_path: Path) -> PageInput:
    """A report of the mixture; MNIST is not run."""
    metrics, errors = tmp_path / "metrics.csv", tmp_path / "resampling.csv"
    metrics.write_text(frame("value"))
    errors.write_text(frame("resampling_std"))
    history, figure, data = (tmp_path / name for name in ("h.csv", "figure1.png", "mog.npz"))
    history.write_text(HISTORY)
    Image.fromarray(np.zeros((4, 2000), np.uint8)).save(figure)
    data.write_bytes(b"data")
    mixture = PageDataset(
        name="mog", label="Mixture", kind="mog", args={}, traits=POINTS, facts=None,
        problem={"latent_dim": 2}, data=data, files=[],
        models=[PageModel(label=label, kind=name, args={}) for name, label in MODELS],
    )  # fmt: skip
    paper = PaperInput(
        datasets=[rows_of("mog"), rows_of("mnist", run=False)],
        mixture="mog",
        claims=["mog", "mnist"],
        metrics=metrics,
        resampling=errors,
        curves={"mog": [(label, history) for _, label in MODELS]},
        curve_seed=0,
        parameters="abc123",
        docs=page_docs.digests(),
        command="make reproduce",
    )
    return PageInput(
        title="Report", seeds=[0, 1, 2], datasets=[mixture], tables=[], figures=[figure],
        template="", paper=paper, out=tmp_path / "report.html",
    )  # fmt: skip


def changed(given: PageInput, **update: Any) -> PageInput:
    """The same with another part of what only the paper's report shows."""
    assert given.paper is not None
    return given.model_copy(update={"paper": given.paper.model_copy(update=update)})


def words(given: PageInput) -> str:
    """The text of the report, with single spaces."""
    page(given)
    return " ".join(read(given.out).text.split())
