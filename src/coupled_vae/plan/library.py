"""What the package offers in Python: load a trained cell, and train a model on arrays."""

import contextlib
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coupled_vae.config import derived, inherit, registry
from coupled_vae.config.extends import complete
from coupled_vae.config.facts import Facts
from coupled_vae.config.inherit import merged
from coupled_vae.config.section import parse
from coupled_vae.data import dataset as datasets
from coupled_vae.data.dataset import Dataset
from coupled_vae.data.kinds import file
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.described import Described
from coupled_vae.pipeline.torch_setup import deterministic
from coupled_vae.pipeline.trained import TrainedModel
from coupled_vae.pipeline.weights import build, load_weights
from coupled_vae.plan import provenance
from coupled_vae.plan.code import code_of, parts
from coupled_vae.plan.jobs.cells import TrainJob
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.project import params_file

Tree = dict[str, Any]
WEIGHTS = "weights.pt"


def load(folder: str | Path) -> TrainedModel:
    """Load a trained cell, such as ``results/runs/mog/cvae/0``. Nothing but this folder is needed.

    Args:
        folder: The cell's run folder: ``weights.pt`` and the record beside it.

    Returns:
        The model, which samples, encodes and reconstructs in the units of its data.

    Raises:
        UserError: A file is missing, damaged or not what its record says; it is named.
    """
    folder = Path(folder)
    weights = folder / WEIGHTS
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; give that of a trained cell")
    if not weights.is_file():
        raise UserError(f"{weights}: no such file; give the folder of a trained cell")
    record = provenance.find(weights)
    if record is None:
        raise UserError(f"{weights}: has no record of what made it beside it; train the cell again")
    if (found := provenance.sha256(weights)) != record.outputs[WEIGHTS]:
        raise UserError(
            f"{weights}: its SHA-256 begins with {found[:12]}, but its record says "
            f"{record.outputs[WEIGHTS][:12]}; put back the file of {record.job.get('cell')}"
        )
    if record.data is None:
        raise UserError(
            f"{weights}: its record says nothing of the data, as that of an earlier version of "
            "this project; train the cell again"
        )
    spec = parse(Spec, record.job.get("spec"), f"{weights}: the record's job: spec")
    data = parse(Described, record.data, f"{weights}: the record's data")
    cell = Cell.parse(str(record.job.get("cell")))
    return TrainedModel(_restored(weights, cell, spec, data), cell, spec, data)


def _restored(weights: Path, cell: Cell, spec: Spec, data: Described) -> Any:  # noqa: ANN401
    """The model with its weights. It is built on zeros: its weights hold what it needs of data."""
    zeros = np.zeros((data.rows, data.columns), np.float32)
    with deterministic():
        model = build(cell, spec, Dataset(x=zeros, label=np.zeros(data.rows, np.int64)))
        load_weights(weights, model, cell)
    return model


def fit(
    x: ArrayLike,
    like: str = "cvae",
    *,
    name: str = "own",
    seed: int = 0,
    args: Tree | None = None,
    problem: Tree | None = None,
    standardise: bool | None = None,
    binarise: bool | None = None,
    params: str | Path | None = None,
    folder: str | Path | None = None,
    progress: bool = True,
) -> TrainedModel:
    """Train a model on arrays, by the same code as the pipeline's cell ``name/like/seed``.

    The same data, arguments and name give the same bits as that cell. What is not said follows from
    the number and the dimension of the data, by the rule in docs/own-data.md.

    Args:
        x: Points ``(n, d)``, or images ``(n, height, width)`` or ``(n, height, width, channels)``.
        like: An entry of ``models`` of the parameter file.
        name: Name of the data. For a dataset of the parameter file its problem and its models'
            arguments are taken, and nothing is derived.
        seed: Seed of the training.
        args: Arguments of the model that differ, such as ``{"num_pools": 50}``.
        problem: Parts of the problem that differ, such as ``{"latent_dim": 3}``.
        standardise: Whether each column gets mean 0 and standard deviation 1 for the training;
            None: points do, unless ``name`` is a dataset of the parameter file.
        binarise: Whether the values of images are drawn as 0 or 1; None: those of one channel are.
        params: Parameter file; None: the project's own.
        folder: Where the run is kept, as the pipeline writes it; ``load(folder)`` reads it again.
            None: nowhere.
        progress: Whether lines on the progress are printed to standard error.

    Raises:
        UserError: The data or an argument cannot be used, or the training diverges.
    """
    tree = complete(inherit.read(Path(params) if params else params_file()))
    if like not in tree["models"]:
        raise UserError(f"like is {like!r}; choices are {', '.join(tree['models'])}")
    known = tree["datasets"].get(name)
    data, facts = _dataset(x, name, standardise, binarise, is_known=known is not None)
    spec = _spec(tree, like, name, facts, args or {}, problem or {})
    quiet = contextlib.nullcontext() if progress else contextlib.redirect_stderr(io.StringIO())
    with contextlib.ExitStack() as stack:
        stack.enter_context(quiet)
        if folder is None:
            folder = stack.enter_context(TemporaryDirectory())
        _train(Cell(dataset=name, model=like, seed=seed), spec, data, Path(folder))
        return load(folder)


def _dataset(
    x: ArrayLike, name: str, standardise: bool | None, binarise: bool | None, *, is_known: bool
) -> tuple[Dataset, Facts]:
    values = np.asarray(x)
    if standardise is None:
        standardise = values.ndim < 3 and not is_known
    config = file.Config(path=name, seed=derived.SEED, standardise=standardise, binarise=binarise)
    made, facts = file.in_memory(config, values)
    return datasets.checked(made, name), facts


def _spec(tree: Tree, like: str, name: str, facts: Facts, args: Tree, problem: Tree) -> Spec:
    model, known = tree["models"][like], tree["datasets"].get(name)
    usual = model["args"] | model["overrides"].get(name, {})
    if known:
        posed = known["problem"]
    else:
        posed, usual = derived.problem(facts), usual | derived.arguments(usual, facts)
    unknown = sorted({*args} - {*usual})
    if unknown:
        raise UserError(f"args has {unknown[0]!r}; choices are {', '.join(usual)}")
    whole = {"problem": merged(posed, problem), "kind": model["kind"], "args": usual | args}
    return parse(Spec, whole, "fit")


def _train(cell: Cell, spec: Spec, data: Dataset, folder: Path) -> None:
    """Train into a folder, which then has all that the pipeline's cell has, and the data."""
    from coupled_vae.pipeline.train import train

    source = folder / "data.npz"
    folder.mkdir(parents=True, exist_ok=True)
    datasets.save(source, data)
    model = registry.module("models", spec.kind)
    code = code_of("pipeline.train", model, *parts(spec.problem))
    job = TrainJob(cell=str(cell), spec=spec, data=source, out=folder, code=code)
    checkpoints = folder / "checkpoints"
    with deterministic():
        provenance.execute(
            job, run=lambda _: train(cell, spec, source, code, folder, None, checkpoints)
        )
