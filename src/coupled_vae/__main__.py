"""``python -m coupled_vae``."""

import sys

from coupled_vae.run.cli import main

sys.exit(main())
