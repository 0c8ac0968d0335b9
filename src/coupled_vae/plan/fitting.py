"""Train a model on arrays, by the same code and to the same bits as the pipeline trains a cell."""

import contextlib
import io
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coupled_vae.config import derived, inherit, registry
from coupled_vae.config.extends import complete
from coupled_vae.config.facts import Facts
from coupled_vae.config.problem import Problem
from coupled_vae.config.section import parse
from coupled_vae.data import contract
from coupled_vae.data import dataset as datasets
from coupled_vae.data.dataset import Dataset
from coupled_vae.data.kinds import file as own_file
from coupled_vae.pipeline import given
from coupled_vae.pipeline.cell import Spec
from coupled_vae.pipeline.kernels import same_bits
from coupled_vae.pipeline.train import train
from coupled_vae.pipeline.trained import TrainedModel
from coupled_vae.plan.code import code_of, parts
from coupled_vae.plan.jobs import TrainJob
from coupled_vae.plan.layout import WILDCARDS
from coupled_vae.plan.provenance import execute
from coupled_vae.plan.trained import load
from coupled_vae.runtime.errors import InputError, UserError, one_line
from coupled_vae.runtime.files import write_arrays
from coupled_vae.runtime.progress import shown

PARAMS = Path(registry.PACKAGE) / "config" / "params.yaml"  # the project's, also when installed
BITS = int(derived.HELD_OUT["seed"])  # of the binary pixels of images, as in the pipeline
DATA = "data.npz"  # beside the weights, so that the folder says what it was trained on
Tree = dict[str, Any]


def fit(
    x: ArrayLike,
    like: str = "cvae",
    *,
    name: str = "own",
    seed: int = 0,
    args: Mapping[str, Any] | None = None,
    problem: Problem | Mapping[str, Any] | None = None,
    standardise: bool | None = None,
    binarise: bool | None = None,
    params: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> TrainedModel:
    """Train a model on data, as the pipeline trains the cell ``name/like/seed`` on them.

    What is left out follows from the sizes of the data by the rule in docs/own-data.md. ::

        model = coupled_vae.fit(x, like="cvae", args={"num_pools": 50})

    Args:
        x: Points ``(n, d)``, or images ``(n, h, w)`` or ``(n, h, w, c)`` with values 0 to 1 or 0 to
            255; n of two or more, finite.
        like: An entry of ``models`` in the parameter file, whose kind and arguments are taken.
        name: Name of the dataset in that of the cell. Random draws depend on it. For a dataset of
            the parameter file its problem and the arguments on it are taken, and none is derived.
        seed: Seed of the training, as in the names of cells.
        args: Arguments of the model's kind that are to differ.
        problem: Latent dimension, prior, network, likelihood; parts left out are derived.
        standardise: Whether each column gets mean 0 and standard deviation 1 for the training; by
            default points do, unless ``name`` is in the parameter file. The returned model works in
            the units of ``x`` in any case.
        binarise: Whether values of images are drawn as 0 or 1; by default those of one channel are.
        params: A parameter file; the project's ``params.yaml`` by default.
        folder: A new folder, or that of an earlier call, where data, weights, history, report and
            record are written, so that ``load`` of it works. A training that was interrupted is
            resumed from it.
        progress: Whether lines of progress and notes on the data go to standard error.

    Raises:
        UserError: One line: the data, a name, a number or an argument cannot be, the model refuses
            the problem, or the training diverged.
    """
    number = given.count(seed, "seed", 0, 2**31 - 1)
    cell = f"{_name(name, 'dataset')}/{_name(like, 'model')}/{number}"
    own = None if folder is None else _free(Path(os.path.expanduser(folder)))
    tree = _tree(PARAMS if params is None else Path(os.path.expanduser(params)))
    posed_by_name = _whole_problem(tree["datasets"].get(name))
    if standardise is None:
        standardise = posed_by_name is None and np.ndim(x) < 3
    dataset, facts = _dataset(x, standardise, binarise, progress)
    posed = problem.model_dump() if isinstance(problem, Problem) else dict(problem or {})
    spec = _spec(_entry(tree["models"], like), name, posed_by_name, facts, dict(args or {}), posed)
    with contextlib.ExitStack() as stack:
        stack.enter_context(shown(progress))
        stack.enter_context(same_bits())
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="coupled-vae-"))
        place = own or Path(scratch)
        data = place / DATA
        datasets.save(data, dataset)
        module = registry.module("models", spec.kind)
        code = code_of("pipeline.train", module, *parts(spec.problem))
        execute(_Fit(cell=cell, spec=spec, data=data, out=place, code=code))
        return load(place)


class _Fit(TrainJob):
    """A training whose checkpoints are in its run folder."""

    def run(self) -> None:
        """Train."""
        checkpoints = self.out / "checkpoints"
        train(self.of(), self.spec, self.data, self.code, self.out, None, checkpoints)
        for parent in [(checkpoints / self.cell), *(checkpoints / self.cell).parents]:
            if parent == self.out or not parent.is_dir() or any(parent.iterdir()):
                break
            parent.rmdir()


def _free(folder: Path) -> Path:
    """The folder itself, if writing into it harms nothing.

    Raises:
        InputError: It is a file, or has files and is not that of an earlier ``fit``.
    """
    if not folder.exists() or (folder / DATA).is_file():
        return folder
    if not folder.is_dir() or any(folder.iterdir()):
        raise InputError(
            one_line(f"folder {folder}: not empty and not of an earlier fit; name a new folder")
        )
    return folder


def _name(text: object, what: str) -> str:
    if isinstance(text, str) and re.fullmatch(WILDCARDS[what], text):
        return text
    option = "name" if what == "dataset" else "like"
    raise InputError(
        one_line(f"{option} is {text!r}; give lower case letters, digits and _, a letter first")
    )


def _dataset(
    x: ArrayLike, standardise: bool, binarise: bool | None, progress: bool
) -> tuple[Dataset, Facts]:
    """The dataset that the kind ``file`` makes of an array, and its facts.

    Raises:
        InputError: No model can be trained on the array.
    """
    notes = io.StringIO()
    with tempfile.TemporaryDirectory(prefix="coupled-vae-") as scratch:
        path = Path(scratch) / "x.npz"
        try:
            values = contract.numbers(x, "x")
            write_arrays(path, {"x": values})
            config = own_file.Config(
                path=str(path), seed=BITS, standardise=standardise, binarise=binarise
            )
            with contextlib.redirect_stderr(notes):
                dataset = datasets.checked(own_file.generate(config), "x")
            facts = own_file.facts(config)
        except UserError as error:
            raise InputError(str(error).replace(str(path), "x")) from None
    if progress and notes.getvalue():
        print(notes.getvalue().replace(str(path), "x"), end="", file=sys.stderr)
    return dataset, facts


def _spec(
    entry: Tree, name: str, posed_by_name: Tree | None, facts: Facts, args: Tree, problem: Tree
) -> Spec:
    """What is trained: an entry of ``models``, what follows from the sizes, what the caller says.

    Raises:
        UserError: The problem is wrong.
    """
    found = {} if posed_by_name else derived.arguments(entry["args"], facts)
    usual = {**entry["args"], **found, **entry["overrides"].get(name, {})}
    posed = derived.with_changes(posed_by_name or derived.problem(facts), problem)
    whole = complete({"datasets": {name: {"problem": posed}}})
    checked = parse(Problem, whole["datasets"][name]["problem"], "problem")
    for part, kinds, value in checked.parts():
        registry.check_kind(kinds, value.kind, f"problem.{part}.kind")
    return Spec(problem=checked, kind=entry["kind"], args={**usual, **args})


def _whole_problem(dataset: Any) -> Tree | None:  # noqa: ANN401
    """The problem of a dataset of the parameters; None if some of it is to be derived."""
    problem = dataset.get("problem") if isinstance(dataset, dict) else None
    return problem if isinstance(problem, dict) and {*Problem.model_fields} <= {*problem} else None


def _tree(file: Path) -> Tree:
    """The parameters of a file, complete; its sections ``models`` and ``datasets`` are mappings."""
    try:
        tree = complete(inherit.read(file))
    except ValueError as error:
        raise UserError(one_line(f"{file}: {error}")) from None
    found = {name: tree.get(name) for name in ("models", "datasets")}
    return {name: section if isinstance(section, dict) else {} for name, section in found.items()}


def _entry(models: Tree, like: str) -> Tree:
    """An entry of ``models``."""
    entry = models.get(like)
    if not isinstance(entry, dict) or not isinstance(entry.get("args"), dict):
        raise InputError(
            one_line(f"like is {like!r}; choices are {', '.join(models) or 'none in models'}")
        )
    return entry
