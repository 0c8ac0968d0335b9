"""Run the notebooks of docs/notebooks and keep what they show: ``python docs/notebooks.py``.

``tests/test_notebooks.py`` runs each of them with a fraction of the steps.
"""

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).parent / "notebooks"
SHARE = "NOTEBOOK_SHARE"  # of the steps, read by the notebooks
SECONDS = 1800  # for one cell


def executed(path: Path) -> NotebookNode:
    """A notebook with new outputs; it raises the first error of a cell."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=SECONDS, kernel_name="python3").execute(
        cwd=str(path.parent), env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    for number, cell in enumerate(notebook.cells):
        cell.metadata = NotebookNode()  # times of execution, which differ from run to run
        cell.id = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = nbformat.from_dict({"kernelspec": kernel})
    return notebook


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(str(path) for path in FOLDER.glob("*.ipynb")):
        nbformat.write(executed(Path(name)), name)
        print(f"{name}: run")
