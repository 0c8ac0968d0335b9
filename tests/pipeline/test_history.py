"""The history as text is what pandas would write."""

import numpy as np
import pandas as pd

from coupled_vae.pipeline.history import history_text


def test_it_is_what_pandas_writes():
    rng = np.random.default_rng(0)
    values = [*rng.normal(size=40) * 10.0 ** rng.integers(-30, 30, 40), 1e16, 1.0, -0.0, 5e-324]
    history = [
        {"iteration": k + 1, "loss": float(v), "kl": float(-v)} for k, v in enumerate(values)
    ]
    frame = pd.DataFrame(history).astype({"iteration": int})
    assert history_text(history) == frame.to_csv(index=False, lineterminator="\n")
