"""The folder is the registry: one file per kind of dataset, model, prior, network, likelihood.

Listing the kinds imports none of them, so checking a name never costs an import of torch.
"""

import importlib
import keyword
import os
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from coupled_vae.config.section import Section, parse
from coupled_vae.runtime.errors import UserError, one_line

PACKAGE = Path(__file__).parents[1]
FIGURES = PACKAGE / "reporting" / "figures"
PACKAGES = {  # where the kinds of each folder are
    "data": "data.kinds",
    "models": "science.models",
    "priors": "science.priors",
    "networks": "science.networks",
    "likelihoods": "science.likelihoods",
}
OFFERS = {  # beside Config
    "data": "generate",
    "models": "Model",
    "priors": "Prior",
    "networks": "Network",
    "likelihoods": "Likelihood",
}


def kinds(folder: str) -> list[str]:
    """Names of the public modules of a folder of ``PACKAGES``, sorted.

    What an editor or a file system leaves beside them is no module: its name is no identifier.
    """
    files = place(folder).glob("*.py")
    return sorted(file.stem for file in files if _is_public(file.stem) and file.is_file())


def figures() -> list[str]:
    """Names of the files of ``reporting/figures``, sorted; no kinds, for not all have arguments."""
    return sorted(own.stem for own in FIGURES.glob("*.py") if _is_public(own.stem))


def figure_settings(name: str) -> type[Section]:
    """The schema of a figure's section of ``params.yaml``: ``Settings`` of its file.

    Raises:
        UserError: The file cannot be imported, or lacks it.
    """
    try:
        module = importlib.import_module(f"coupled_vae.reporting.figures.{name}")
    except (Exception, SystemExit) as error:
        raise broken(FIGURES / f"{name}.py", error) from error
    settings = getattr(module, "Settings", None)
    if not (isinstance(settings, type) and issubclass(settings, Section)):
        raise UserError(f"src/coupled_vae/reporting/figures/{name}.py: lacks Settings, a Section")
    return settings


def _is_public(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")


def module(folder: str, kind: str) -> str:
    """The module of a kind, below ``coupled_vae``, such as ``science.models.vae``."""
    return f"{PACKAGES[folder]}.{kind}"


def place(folder: str) -> Path:
    """Where the files of a folder's kinds are."""
    return PACKAGE.joinpath(*PACKAGES[folder].split("."))


def load(folder: str, kind: str) -> ModuleType:
    """Import the module of one kind.

    Raises:
        UserError: It cannot be imported, or lacks what a kind must offer; names file and line.
    """
    try:
        loaded = importlib.import_module(f"coupled_vae.{module(folder, kind)}")
    except (Exception, SystemExit) as error:
        raise broken(place(folder) / f"{kind}.py", error) from error
    config = getattr(loaded, "Config", None)
    if not (isinstance(config, type) and issubclass(config, Section)):
        raise UserError(f"{_shown(folder, kind)}: lacks Config, a Section of the kind's arguments")
    if not callable(getattr(loaded, OFFERS[folder], None)):
        raise UserError(
            f"{_shown(folder, kind)}: lacks {OFFERS[folder]}; see __init__.py beside it"
        )
    return loaded


def broken(file: Path, error: BaseException) -> UserError:
    """Why a module could not be imported, with the line nearest to the fault."""
    if isinstance(error, SyntaxError):
        file, line, reason = Path(error.filename or file), error.lineno, error.msg
    else:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
        last = [frame for frame in own if Path(frame.filename) != Path(__file__)][-1:]
        file, line = (Path(last[0].filename), last[0].lineno) if last else (file, None)
        reason = f"{type(error).__name__}: {error}"
    name = file.relative_to(PACKAGE) if file.is_relative_to(PACKAGE) else file
    where = f"src/coupled_vae/{name}" + (f" line {line}" if line else "")
    return UserError(one_line(f"{where}: {reason}; mend the file or move it away"))


def check_kind(folder: str, kind: str, where: str) -> None:
    """Raise a one-line ``UserError`` unless a folder has this kind."""
    # Asked some thousand times in a check of all parameters, so the folder is not listed.
    # os.path takes names that are too long for a file.
    if not (_is_public(kind) and os.path.isfile(place(folder) / f"{kind}.py")):
        known = ", ".join(kinds(folder))
        raise UserError(one_line(f"{where} {kind!r} is unknown; {_shown(folder)} has {known}"))


def config(folder: str, kind: str, args: dict[str, Any], where: str) -> Any:  # noqa: ANN401
    """The validated ``Config`` of a kind, from its arguments."""
    check_kind(folder, kind, f"{where}: kind")
    return parse(load(folder, kind).Config, args, where)


def _shown(folder: str, kind: str = "") -> str:
    shown = f"src/coupled_vae/{PACKAGES[folder].replace('.', '/')}"
    return f"{shown}/{kind}.py" if kind else shown
