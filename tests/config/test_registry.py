"""The folders of kinds: what is no module is passed over, what cannot be used is one line."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from coupled_vae.config import registry
from coupled_vae.runtime.errors import UserError
from coupled_vae.science import priors

CONFIG = "from coupled_vae.config.section import Section\n\n\nclass Config(Section):\n    pass\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of priors of our own, in place of the project's, which stays as it is."""
    own = tmp_path / "coupled_vae" / "science" / "priors"
    own.mkdir(parents=True)
    monkeypatch.setattr(registry, "PACKAGE", tmp_path / "coupled_vae")
    monkeypatch.setattr(priors, "__path__", [str(own)])
    importlib.invalidate_caches()
    yield own
    for name in [name for name in sys.modules if name.startswith("coupled_vae.science.priors.zz_")]:
        del sys.modules[name]


def refused(kind: str) -> str:
    with pytest.raises(UserError) as caught:
        registry.load("priors", kind)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 500
    return message


def test_what_editors_and_file_systems_leave_is_no_kind(folder: Path) -> None:
    (folder / "zz_flat.py").write_text(CONFIG)
    (folder / ".#zz_flat.py").symlink_to("somebody@somewhere.1234:567")  # Emacs
    (folder / "zz_gone.py").symlink_to(folder / "nowhere.py")
    for name in (".zz_flat.py.swp", "zz_flat.py~", "zz_flat.py.orig", "zz_flat.py.rej"):
        (folder / name).write_text("no Python at all")
    for name in ("._zz_flat.py", "zz_flat (copy).py", "1abc.py", "class.py", "a-b.py", "a.b.py"):
        (folder / name).write_bytes(b"\x00\x05\x16\x07")
    for name in ("_base.py", "__init__.py"):
        (folder / name).write_text("")
    for name in ("__pycache__", "zz_folder.py"):
        (folder / name).mkdir()
    assert registry.kinds("priors") == ["zz_flat"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("a = 1\nb = (\n", "zz_new.py line 2: "),
        ("a = 1\n  b = 2\n", "zz_new.py line 2: unexpected indent"),
        ("a = 1\n\nraise ValueError('first\\nsecond')\n", "line 3: ValueError: first\\nsecond"),
        ("import no_such_module_anywhere\n", "line 1: ModuleNotFoundError"),
        ("from coupled_vae.config.section import Sektion\n", "line 1: ImportError"),
        ("def f():\n    return 1 / 0\n\n\nf()\n", "line 2: ZeroDivisionError"),
        ("import sys\nsys.exit('bye')\n", "line 2: SystemExit: bye"),
        ("raise RuntimeError('x' * 10_000)\n", "line 1: RuntimeError: xxx"),
        ("a = '\\0'\x00\n", "zz_new.py"),
        (CONFIG, "lacks Prior"),
        ("class Prior:\n    pass\n", "lacks Config, a Section"),
        ("Config = 5\n\n\nclass Prior:\n    pass\n", "lacks Config, a Section"),
        ("class Config:\n    pass\n\n\nclass Prior:\n    pass\n", "lacks Config, a Section"),
        (f"{CONFIG}\n\nPrior = None\n", "lacks Prior"),
    ],
)
def test_a_kind_that_cannot_be_used_is_named_with_its_line(
    folder: Path, code: str, words: str
) -> None:
    (folder / "zz_new.py").write_text(code)
    message = refused("zz_new")
    assert message.startswith("src/coupled_vae/science/priors/zz_new.py")
    assert words in message


def test_bytes_that_are_no_python(folder: Path) -> None:
    (folder / "zz_new.py").write_bytes(bytes(range(128, 256)))
    assert "src/coupled_vae/science/priors/zz_new.py" in refused("zz_new")


def test_a_fault_in_what_a_kind_imports_is_named_there(folder: Path) -> None:
    (folder / "zz_new.py").write_text("from coupled_vae.science.priors import zz_shared\n")
    (folder / "zz_shared.py").write_text("a = 1\n\nb = a.nothing\n")
    assert "src/coupled_vae/science/priors/zz_shared.py line 3: AttributeError" in refused("zz_new")


def test_a_kind_that_offers_all_is_loaded(folder: Path) -> None:
    (folder / "zz_new.py").write_text(f"{CONFIG}\n\nclass Prior:\n    pass\n")
    assert registry.load("priors", "zz_new").Prior()


@pytest.mark.parametrize("place", ["data", "models", "priors", "networks", "likelihoods"])
def test_all_of_the_projects_own_kinds_are_loaded(place: str) -> None:
    names = registry.kinds(place)
    assert names
    for name in names:
        assert registry.load(place, name)
