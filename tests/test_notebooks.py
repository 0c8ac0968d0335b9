"""The notebooks run, and what they show is stored in them."""

import importlib.util
from types import ModuleType

import nbformat
import pytest

from coupled_vae.runtime.project import TOP

NOTEBOOKS = sorted((TOP / "docs" / "notebooks").glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def outputs(notebook):
    return [out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs]


def pictures(notebook):
    return [out for out in outputs(notebook) if "image/png" in out.get("data", {})]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebooks", TOP / "docs" / "notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_three():
    assert len(NOTEBOOKS) == 3


@every_notebook
def test_it_runs(path, script, monkeypatch):
    monkeypatch.setenv(script.SHARE, "0.02")
    monkeypatch.setenv("PYTHONPATH", str(TOP / "src"))
    notebook = script.executed(path)
    assert len(pictures(notebook)) == len(pictures(nbformat.read(path, as_version=4)))


@every_notebook
def test_its_pictures_are_stored_and_it_has_no_error(path):
    notebook = nbformat.read(path, as_version=4)
    assert pictures(notebook)
    assert not [out for out in outputs(notebook) if out.output_type == "error"]
    assert not [o for o in outputs(notebook) if o.get("name") == "stderr" and "Error" in o.text]
