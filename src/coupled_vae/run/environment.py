"""Make the environment, or leave it if it has all that is locked.

``python -m coupled_vae.run.environment FOLDER LOCK...``

Content decides, not dates. The stamp ``ready`` in the environment says where it stands, its
Python and what it was made of. Uses the standard library alone: any Python 3.11 can run it.
"""

import hashlib
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from coupled_vae.run import surroundings
from coupled_vae.runtime.errors import UserError, exit_status, one_line
from coupled_vae.runtime.project import TOP

LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;+]+)[^;\n]*$", re.M)
CAUSES = {
    "the disk is full": re.compile(r"No space left|Disk quota", re.I),
    "no package index can be reached": re.compile(
        r"NewConnectionError|NameResolution|Connection\w* (refused|reset|broken)|ConnectTimeout"
        r"|timed out|Network is unreachable|ProxyError",
        re.I,
    ),
}
OURS = "coupled-vae"


def ensure(environment: Path, locks: list[str]) -> None:
    """Bring an environment to what the lock files and ``pyproject.toml`` ask for.

    Args:
        environment: Its folder, or a link to it.
        locks: Names of lock files in the project's folder.

    Raises:
        UserError: It cannot be made; one line says why. No stamp is left then.
    """
    shown, environment = environment, _followed(environment)
    stamp, python = environment / "ready", environment / "bin" / "python"
    before = _read(stamp)
    version = _version(python)
    lacking = [lock for lock in locks if _lacks(environment, version, lock)]
    if not version or (lacking and not _has_pip(python)):
        _build(shown, environment)
        before, version, lacking = {}, _version(python), locks
    _follow_a_move(environment, before)
    project = _digest(json.dumps(_project()))
    renewed = before.get("project", project) != project
    if lacking or renewed or not _installed(environment, version).get(OURS):
        stamp.unlink(missing_ok=True)
        _install(environment, version, lacking)
    made_of = {lock: _digest((TOP / lock).read_text(encoding="utf-8")) for lock in locks}
    place = {"environment": str(environment), "folder": str(TOP), "python": version}
    now = {**before, **place, "project": project, **made_of}
    if now != _read(stamp):
        with suppress(OSError):  # a shared one that only its owner may change
            stamp.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")


def _followed(environment: Path) -> Path:
    if environment.is_symlink() and not environment.exists():
        raise UserError(
            f"{environment} is a link to {environment.readlink()}, which is gone; delete the link, "
            "or make the folder"
        )
    return environment.resolve()


def _read(stamp: Path) -> dict[str, str]:
    """A stamp; empty if there is none, or one of another kind."""
    try:
        told = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _version(python: Path) -> str:
    """The version of a Python; empty if it does not run or is too old."""
    code = "import sys; v = sys.version_info[:3]; print('%d.%d.%d' % v if v >= (3, 11) else '')"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True)
    except OSError:
        return ""
    return "" if done.returncode else done.stdout.strip()


def _has_pip(python: Path) -> bool:
    return subprocess.run([python, "-c", "import pip"], capture_output=True).returncode == 0


def _site(environment: Path, version: str) -> Path:
    return environment / "lib" / f"python{'.'.join(version.split('.')[:2])}" / "site-packages"


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _installed(environment: Path, version: str) -> dict[str, str]:
    """Versions of the packages that are wholly installed, by canonical name."""
    found = {}
    # Installers write INSTALLER after the package's files.
    for file in _site(environment, version).glob("*.dist-info/INSTALLER"):
        name, _, number = file.parent.name.removesuffix(".dist-info").rpartition("-")
        found[_canonical(name)] = number.partition("+")[0]
    return found


def _lacks(environment: Path, version: str, lock: str) -> bool:
    installed = _installed(environment, version)
    locked = LOCKED.findall((TOP / lock).read_text(encoding="utf-8"))
    return any(installed.get(_canonical(name)) != number for name, number in locked)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _pyproject(section: str) -> dict[str, Any]:
    tree = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(tree[section])


def _project() -> dict[str, object]:
    """What ``pyproject.toml`` says of the installation."""
    keys = ("dependencies", "optional-dependencies", "scripts")
    return {key: _pyproject("project").get(key) for key in keys}


def _build(shown: Path, environment: Path) -> None:
    """Make an empty environment, in place of one that does not work.

    Raises:
        UserError: What stands there is something else, or Python lacks ``venv``.
    """
    broken = (environment / "pyvenv.cfg").is_file()
    if environment.exists() and not environment.is_dir():
        raise UserError(f"{shown} is a file; delete it, or say another place: make VENV=FOLDER")
    if environment.is_dir() and not broken and any(environment.iterdir()):
        raise UserError(
            f"{shown} is no environment of Python's and not empty; delete it, or say another "
            "place: make VENV=FOLDER"
        )
    if not (find_spec("venv") and find_spec("ensurepip")):
        minor = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise UserError(
            f"Python's venv is missing; on Debian: apt install python{minor}-venv, elsewhere: "
            "make PYTHON=another"
        )
    if broken:
        print(f"{shown} does not work and is made anew", file=sys.stderr)
    _run([sys.executable, "-m", "venv", "--clear", str(environment)], f"{shown} was not made")
    with suppress(OSError):  # wherever it stands, git need not know
        (environment / ".gitignore").write_text("*\n", encoding="utf-8")


def _install(environment: Path, version: str, locks: list[str]) -> None:
    python = str(environment / "bin" / "python")
    if locks:
        print(f"installing {', '.join(locks)} in {environment}", file=sys.stderr)
    # pip takes a half-installed package for installed.
    for folder in _site(environment, version).glob("*.dist-info"):
        if not (folder / "INSTALLER").exists():
            shutil.rmtree(folder, ignore_errors=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for lock in locks:
        # A plugin's lock adds to the other, which has what the plugin needs.
        alone = [] if lock == "requirements.lock" else ["--no-deps"]
        _run([*pip, *alone, "-r", lock], f"{lock} was not installed")
    # With setuptools at hand nothing has to be fetched.
    here = ["--no-build-isolation"] if _builds(_installed(environment, version)) else []
    _run([*pip, "--no-deps", *here, "--editable", "."], "the project was not installed")


def _builds(installed: dict[str, str]) -> bool:
    """Whether an environment's setuptools is as new as ``pyproject.toml`` asks for."""
    needed = " ".join(_pyproject("build-system")["requires"])
    least = re.fullmatch(r"setuptools>=(\d+)", needed)
    major = installed.get("setuptools", "0").partition(".")[0]
    return least is not None and major.isdecimal() and int(major) >= int(least[1])


def _run(command: list[str], failure: str) -> None:
    """Run a program in the project's folder.

    Raises:
        UserError: It failed, which a line says with its cause.
    """
    try:
        done = subprocess.run(
            command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except OSError as error:
        raise UserError(f"{failure}: {error.strerror}") from None
    if done.returncode < 0:
        raise UserError(f"{failure}: it was killed by signal {-done.returncode}; run again")
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.strip()] or ["no reason given"]
        last = [line for line in lines if re.match(r"error\b", line, re.I)] or lines
        causes = [cause for cause, words in CAUSES.items() if words.search(done.stdout)]
        reason = ": ".join([*causes[:1], one_line(last[-1].strip())])
        raise UserError(f"{failure}: {reason}; all of it: {shlex.join(command)}")


def _follow_a_move(environment: Path, before: dict[str, str]) -> None:
    """Write the new place into an environment's scripts and its link to the project."""
    moves = [(before.get("environment"), environment, "bin/*")]
    # Worktrees may share one that stays where it is.
    if before.get("environment") not in (None, str(environment)):
        moves.append((before.get("folder"), TOP, "lib/python*/site-packages/__editable__*.pth"))
    for old, new, pattern in moves:
        files = environment.glob(pattern) if old and old != str(new) else ()
        for file in (file for file in files if file.is_file() and not file.is_symlink()):
            with suppress(OSError):
                content = file.read_bytes()
                if b"\0" not in content:  # a program is left as it is
                    file.write_bytes(content.replace(str(old).encode(), str(new).encode()))


def main(argv: list[str]) -> int:
    """Make the environment; the exit status."""

    def action() -> int:
        surroundings.prepare(TOP)
        ensure(Path(argv[0]).absolute(), argv[1:])
        return 0

    return exit_status(action)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
