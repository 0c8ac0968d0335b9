"""``import coupled_vae`` is light, and its face needs nothing of the extra ``pipeline``."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from small import TOP

import coupled_vae

WORK = """
import importlib.util, tempfile
import numpy as np
import coupled_vae
assert importlib.util.find_spec("pandas") is None
x = np.random.default_rng(0).normal(size=(40, 2))
args = {"num_pools": 2, "linear_steps": 2, "pool_size": 64, "posterior_pool": 64}
with tempfile.TemporaryDirectory() as folder:
    coupled_vae.fit(x, args=args, folder=folder, progress=False)
    model = coupled_vae.load(folder)
assert model.sample(10).shape == (10, 2)
assert model.log_prob(x, draws=64).shape == (40,)
own = coupled_vae.transport
problem = own.problem(np.eye(3), eps=1.0)
output = own.Sinkhorn(max_steps=100, tolerance=1e-6).solve(problem, own.start(problem))
assert own.plan(output, problem).shape == (3, 3)
coupled_vae.fit(x, "vae_nf", args={"num_steps": 2}, progress=False).sample_posterior(x, 2)
"""
WITHOUT = """
import sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] in REFUSED else super().find_spec(name, path, target)

sys.meta_path[:] = [Without if finder is PathFinder else finder for finder in sys.meta_path]
"""


def refused() -> list[str]:
    """Modules of the extras' packages."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    extras = [text for part in project["optional-dependencies"].values() for text in part]
    names = {re.match(r"[\w.-]+", text).group().lower().replace("_", "-") for text in extras}
    return sorted(
        module
        for module, packages in packages_distributions().items()
        if {package.lower().replace("_", "-") for package in packages} & (names | {"pillow"})
    )


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


def test_the_face_works_without_the_pipeline(tmp_path):
    names = refused()
    assert {"pandas", "snakemake", "dvc", "ot", "sklearn", "matplotlib", "tqdm"} <= {*names}
    done = run(f"REFUSED = {names!r}\n{WITHOUT}\n{WORK}", tmp_path)
    assert done.returncode == 0, done.stderr
    assert not [*tmp_path.iterdir()]


def test_importing_the_package_costs_nothing(tmp_path):
    heavy = "'torch', 'numpy', 'pydantic', 'yaml', 'pandas'"
    code = f"import sys, coupled_vae; print([m for m in ({heavy}) if m in sys.modules])"
    assert run(code, tmp_path).stdout.strip() == "[]"


def test_every_name_of_the_face_is_there():
    for name in coupled_vae.__all__:
        assert getattr(coupled_vae, name)
        assert name in dir(coupled_vae)
    assert re.fullmatch(r"\d+\.\d+\.\d+", coupled_vae.__version__)
    with pytest.raises(AttributeError, match="nothing"):
        coupled_vae.nothing  # noqa: B018


def test_the_parameters_and_the_mark_of_types_are_installed_with_the_package():
    package = Path(coupled_vae.__file__).parent
    tree = tomllib.loads((TOP / "pyproject.toml").read_text())
    for name in tree["tool"]["setuptools"]["package-data"]["coupled_vae"]:
        assert (package / name).is_file(), name
    assert (package / "config/params.yaml").read_bytes() == (TOP / "params.yaml").read_bytes()


def test_the_examples_of_the_page_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (TOP / "docs/python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.S)
    assert len(blocks) == 3
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), names)
    assert names["plan"].shape == (50, 80)
    for name in (name for name in dir(coupled_vae.TrainedModel) if not name.startswith("_")):
        assert f"`{name}" in page, name
    assert not [*tmp_path.iterdir()]
