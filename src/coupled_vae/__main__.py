"""``python -m coupled_vae``."""

import sys

from coupled_vae.cli import main

sys.exit(main())
