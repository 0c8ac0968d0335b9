"""What all tests share: jobs run the code of this tree, on one thread."""

import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [path for path in (str(TOP), str(TOP / "src")) if path not in sys.path]

from coupled_vae.machine import single_threaded  # noqa: E402

single_threaded()
