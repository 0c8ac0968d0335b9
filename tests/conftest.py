"""What all tests share: jobs run the code of this tree, on one thread, and can write."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [path for path in (str(TOP / "src"),) if path not in sys.path]

from coupled_vae.run import surroundings  # noqa: E402
from coupled_vae.runtime.machine import single_threaded  # noqa: E402

surroundings.prepare(TOP)
single_threaded()


@pytest.fixture(autouse=True)
def _denormal_numbers() -> Iterator[None]:
    """A test that trains makes torch flush denormal numbers, which hypothesis does not stand."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)
