"""``python -m coupled_vae.run``."""

import sys

from coupled_vae.run.main import main

sys.exit(main())
