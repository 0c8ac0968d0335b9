"""``python -m coupled_vae.run``."""

import sys

from coupled_vae.runtime.project import use_checkout

use_checkout()

from coupled_vae.run.main import main  # noqa: E402

sys.exit(main())
