"""The fingerprint moves with what code does and with nothing else."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from coupled_vae import fingerprint as module
from coupled_vae import registry
from coupled_vae.fingerprint import closure, fingerprint

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
    reached = closure("train", "models.wae")
    assert {"train", "training", "build", "models.wae", "models._base", "networks._base"} <= reached
    assert "models.vae_nf" not in reached
    assert not {name for name in reached if name.startswith(("tables", "figures"))}


def test_tables_and_figures_do_not_reach_torch_code() -> None:
    for name in ("tables.table1", "figures.figure1", "evaluate", "collect"):
        assert not {"training", "build", "networks._base"} & closure(name)


def test_parts_of_a_problem_are_not_in_a_models_closure() -> None:
    """A new prior, network or likelihood must leave the cells of other problems as they are."""
    reached = closure("train", "models.cvae", "models.vae_nf")
    kinds = {f"{folder}.{kind}" for folder in PARTS for kind in registry.kinds(folder)}
    assert len(kinds) >= len(PARTS)
    assert not kinds & reached


def test_comments_docstrings_and_layout_change_nothing(package: Path) -> None:
    before = fingerprint("models.wae")
    file = package / "models" / "wae.py"
    reworded = file.read_text().replace('"""', '"""Other words. ', 1)
    file.write_text("# a comment\n\n\n" + reworded + "\n# another\n")
    module._parsed.cache_clear()
    assert fingerprint("models.wae") == before


def test_code_changes_those_that_import_it(package: Path) -> None:
    wae, vae = fingerprint("train", "models.wae"), fingerprint("train", "models.vae")
    file = package / "models" / "wae.py"
    file.write_text(file.read_text() + "\nTHRESHOLD = 3\n")
    module._parsed.cache_clear()
    assert fingerprint("train", "models.wae") != wae
    assert fingerprint("train", "models.vae") == vae
    base = package / "models" / "_base.py"
    base.write_text(base.read_text() + "\nTHRESHOLD = 3\n")
    module._parsed.cache_clear()
    assert fingerprint("train", "models.vae") != vae


def test_what_is_remembered_changes_nothing(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake").mkdir()
    module._memory.cache_clear()
    before = fingerprint("train", "models.wae")
    module._remember({}, module._memory(), module.MEMORY)
    assert module.MEMORY.stat().st_size > 1_000
    for cached in (module._memory, module._parsed):
        cached.cache_clear()
    monkeypatch.setattr(module, "_parse", lambda _: pytest.fail("parsed again"))
    assert fingerprint("train", "models.wae") == before
    module._memory.cache_clear()
