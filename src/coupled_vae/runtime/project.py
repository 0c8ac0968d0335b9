"""Where the project's files are, and that a command in a checkout runs that checkout's code."""

import os
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]  # Snakefile, params.yaml, profiles, locks
SOURCE = TOP / "src"


def use_checkout() -> None:
    """Start this command anew if the present folder is another checkout of the project.

    An environment may be shared by several checkouts, and its installation leads to one of them.
    Without this, a command in one checkout would work in another one.
    """
    source = Path.cwd() / "src"
    package = source / "coupled_vae" / "runtime" / "project.py"
    if package.is_file() and package.resolve() != Path(__file__).resolve():
        path = [str(source), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(path)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
