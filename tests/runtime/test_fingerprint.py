"""The fingerprint moves with what code does and with nothing else."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from coupled_vae.config import registry
from coupled_vae.runtime import fingerprint as module
from coupled_vae.runtime.fingerprint import closure, fingerprint

PARTS = ("priors", "networks", "likelihoods")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the package that can be edited."""
    copy = tmp_path / "coupled_vae"
    shutil.copytree(module.PACKAGE, copy)
    monkeypatch.setattr(module, "PACKAGE", copy)
    module._parsed.cache_clear()
    yield copy
    module._parsed.cache_clear()


def test_the_closure_follows_imports() -> None:
    reached = closure("pipeline.train", "science.models.wae")
    assert {
        "pipeline.train",
        "pipeline.loop",
        "pipeline.weights",
        "science.models.wae",
        "science.models._base",
        "science.networks._base",
    } <= reached
    assert "science.models.vae_nf" not in reached
    assert not {name for name in reached if name.startswith("reporting.")}


def test_tables_and_figures_do_not_reach_torch_code() -> None:
    for name in (
        "reporting.tables.table1",
        "reporting.figures.figure1",
        "pipeline.evaluate",
        "pipeline.collect",
    ):
        assert not {"pipeline.loop", "pipeline.weights", "science.networks._base"} & closure(name)


def test_parts_of_a_problem_are_not_in_a_models_closure() -> None:
    """A new prior, network or likelihood must leave the cells of other problems as they are."""
    reached = closure("pipeline.train", "science.models.cvae", "science.models.vae_nf")
    kinds = {registry.module(folder, kind) for folder in PARTS for kind in registry.kinds(folder)}
    assert len(kinds) >= len(PARTS)
    assert not kinds & reached


def test_comments_docstrings_and_layout_change_nothing(package: Path) -> None:
    before = fingerprint("science.models.wae")
    file = package / "science" / "models" / "wae.py"
    reworded = file.read_text().replace('"""', '"""Other words. ', 1)
    file.write_text("# a comment\n\n\n" + reworded + "\n# another\n")
    module._parsed.cache_clear()
    assert fingerprint("science.models.wae") == before


def test_code_changes_those_that_import_it(package: Path) -> None:
    wae, vae = (
        fingerprint("pipeline.train", "science.models.wae"),
        fingerprint("pipeline.train", "science.models.vae"),
    )
    file = package / "science" / "models" / "wae.py"
    file.write_text(file.read_text() + "\nTHRESHOLD = 3\n")
    module._parsed.cache_clear()
    assert fingerprint("pipeline.train", "science.models.wae") != wae
    assert fingerprint("pipeline.train", "science.models.vae") == vae
    base = package / "science" / "models" / "_base.py"
    base.write_text(base.read_text() + "\nTHRESHOLD = 3\n")
    module._parsed.cache_clear()
    assert fingerprint("pipeline.train", "science.models.vae") != vae


def test_what_is_remembered_changes_nothing(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake").mkdir()
    module._memory.cache_clear()
    before = fingerprint("pipeline.train", "science.models.wae")
    module._remember({}, module._memory(), module.MEMORY)
    assert module.MEMORY.stat().st_size > 1_000
    for cached in (module._memory, module._parsed):
        cached.cache_clear()
    monkeypatch.setattr(module, "_parse", lambda _: pytest.fail("parsed again"))
    assert fingerprint("pipeline.train", "science.models.wae") == before
    module._memory.cache_clear()
