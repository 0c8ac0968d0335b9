"""The project's folder, and the check that a command runs the code of the present checkout."""

import os
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]  # Snakefile, params.yaml, profiles, locks
SOURCE = TOP / "src"


def use_checkout() -> None:
    """Restart this command with the present folder's code if it is another checkout.

    Several checkouts may share an environment, in which only one of them is installed. Otherwise a
    command in one checkout would run the code of another one.
    """
    source = Path.cwd() / "src"
    package = source / "coupled_vae" / "runtime" / "project.py"
    if package.is_file() and package.resolve() != Path(__file__).resolve():
        path = [str(source), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(path)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
