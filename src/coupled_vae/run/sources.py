"""Where results can be restored from: a folder, an archive, its address, a DVC remote.

Each is brought to a folder that has ``results``. Nothing of the present tree is changed here.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from configobj import ConfigObj

from coupled_vae.plan import provenance
from coupled_vae.run import download
from coupled_vae.run.unpack import AGAIN, unpacked
from coupled_vae.runtime.errors import UserError, one_line
from coupled_vae.runtime.files import first_line

SHA256 = re.compile(r"sha256=([0-9a-f]{64})")
STAGES = ("dvc.yaml", "dvc.lock", "experiments/dvc.yaml", "experiments/dvc.lock")
NO_SOURCE = (
    "FROM is missing, and there is no public store of the results; give a folder of results, an "
    "archive (.zip), its https:// address or a DVC remote (make restore FROM=...), or train: "
    "make reproduce"
)


def folder_of(source: str, scratch: Path) -> Path:
    """A folder that has the results of a source in its folder ``results``.

    Args:
        source: What the user gave.
        scratch: An empty folder for what is fetched or unpacked.

    Raises:
        UserError: There is nothing to restore from, or it is damaged.
    """
    if not source:
        raise UserError(NO_SOURCE)
    path = Path(os.path.expanduser(source))
    if urlsplit(source).scheme in ("http", "https") and not _is_remote(source):
        return unpacked(_downloaded(source, scratch), scratch, source)
    if path.is_file():
        return unpacked(path, scratch, source)
    if path.is_dir() and not (path / "files" / "md5").is_dir():
        return _with_results(path, scratch)
    if _is_remote(source) or path.is_dir() or "://" in source:
        return _pulled(source, scratch)
    raise UserError(
        f"FROM={one_line(source)!r} is no folder, no archive, no address and no DVC remote; the "
        f"remotes are {', '.join(_remotes()) or 'none (dvc remote add NAME URL)'}"
    )


def _with_results(folder: Path, scratch: Path) -> Path:
    if (folder / "results").is_dir():
        return folder
    (scratch / "results").symlink_to(folder.absolute())
    return scratch


def _downloaded(address: str, scratch: Path) -> Path:
    """The archive at an address; ``#sha256=...`` at its end is what it must have.

    Raises:
        UserError: It cannot be had, or has another SHA-256.
    """
    parts = urlsplit(address)
    wanted = SHA256.fullmatch(parts.fragment)
    if parts.fragment and not wanted:
        raise UserError(
            f"FROM={one_line(address)!r}: after # stands sha256= and 64 digits, or none"
        )
    path = scratch / "archive.zip"
    download.fetch(urlunsplit(parts._replace(fragment="")), path)
    if wanted and (digest := provenance.sha256(path)) != wanted[1]:
        raise UserError(f"{one_line(address)}: its sha256 is {digest}; {AGAIN}")
    return path


def _remotes() -> dict[str, dict[str, str]]:
    """The DVC remotes that the project's settings name, by name."""
    from dvc.config import Config, ConfigError

    if not Path(".dvc").is_dir():
        return {}
    try:
        return dict(Config(str(Path(".dvc").absolute()))["remote"])
    except ConfigError as error:
        raise UserError(f".dvc/config: cannot be read: {first_line(error)}; mend it") from None


def _is_remote(source: str) -> bool:
    return bool(re.fullmatch(r"[\w.-]+", source)) and source in _remotes()


def _pulled(source: str, scratch: Path) -> Path:
    """What DVC tracks of this commit, pulled from a remote into a folder beside the project.

    Raises:
        UserError: DVC cannot have all of it.
    """
    url = source if "://" in source else os.path.abspath(os.path.expanduser(source))
    remote = _remotes().get(source) or {"url": url}
    (scratch / ".dvc").mkdir()
    config = ConfigObj(interpolation=False)
    config["core"] = {"no_scm": "true", "analytics": "false", "remote": "source"}
    config['remote "source"'] = {**remote, "verify": "true"}
    config.filename = str(scratch / ".dvc/config")
    config.write()
    for name in [*STAGES, "params.yaml"]:
        if Path(name).is_file():
            (scratch / name).parent.mkdir(exist_ok=True)
            shutil.copy(name, scratch / name)
    files = [name for name in STAGES[::2] if Path(name).with_suffix(".lock").is_file()]
    command = [sys.executable, "-m", "dvc", "pull", "--quiet", "--remote", "source", *files]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason given"]
        reason = one_line(lines[0].removeprefix("ERROR: "), 200)
        raise UserError(
            f"FROM={one_line(source)!r}: DVC cannot pull: {reason}; nothing was changed"
        )
    return scratch
