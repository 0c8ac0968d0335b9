"""The folder is the registry: one file per kind of dataset, model, prior, network, likelihood.

Listing the kinds imports none of them, so checking a name never costs an import of torch.
"""

import importlib
import keyword
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from coupled_vae.errors import UserError, one_line
from coupled_vae.schema import Section, parse

PACKAGE = Path(__file__).parent
OFFERS = {  # beside Config
    "data": "generate",
    "models": "Model",
    "priors": "Prior",
    "networks": "Network",
    "likelihoods": "Likelihood",
}


def kinds(folder: str) -> list[str]:
    """Names of the public modules in ``src/coupled_vae/<folder>``, sorted.

    What an editor or a file system leaves beside them is no module: its name is no identifier.
    """
    files = (PACKAGE / folder).glob("*.py")
    return sorted(file.stem for file in files if _is_public(file.stem) and file.is_file())


def _is_public(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")


def load(folder: str, kind: str) -> ModuleType:
    """Import the module of one kind.

    Raises:
        UserError: It cannot be imported, or lacks what a kind must offer; names file and line.
    """
    try:
        module = importlib.import_module(f"coupled_vae.{folder}.{kind}")
    except (Exception, SystemExit) as error:
        raise broken(PACKAGE / folder / f"{kind}.py", error) from error
    config = getattr(module, "Config", None)
    if not (isinstance(config, type) and issubclass(config, Section)):
        raise UserError(f"{_shown(folder, kind)}: lacks Config, a Section of the kind's arguments")
    if not callable(getattr(module, OFFERS[folder], None)):
        raise UserError(f"{_shown(folder, kind)}: lacks {OFFERS[folder]}; see {folder}/__init__.py")
    return module


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
    place = f"src/coupled_vae/{name}" + (f" line {line}" if line else "")
    return UserError(one_line(f"{place}: {reason}; mend the file or move it away"))


def check_kind(folder: str, kind: str, place: str) -> None:
    """Raise a one-line ``UserError`` unless ``src/coupled_vae/<folder>`` has this kind."""
    if kind not in kinds(folder):
        known = ", ".join(kinds(folder))
        raise UserError(
            one_line(f"{place} {kind!r} is unknown; src/coupled_vae/{folder} has {known}")
        )


def config(folder: str, kind: str, args: dict[str, Any], place: str) -> Any:  # noqa: ANN401
    """The validated ``Config`` of a kind, from its arguments."""
    check_kind(folder, kind, f"{place}: kind")
    return parse(load(folder, kind).Config, args, place)


def _shown(folder: str, kind: str) -> str:
    return f"src/coupled_vae/{folder}/{kind}.py"
