"""C-VAE with nothing but derived arguments, on data that nobody tuned it for."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_wine, make_moons

import coupled_vae
from coupled_vae.metrics.transport_distance import w2


def faces(count: int = 120, side: int = 24) -> np.ndarray:
    """Grey images such as those of a face: two eyes and a mouth whose places and sizes vary."""
    rng = np.random.default_rng(0)
    row, column = np.mgrid[:side, :side] / side
    images = []
    for _ in range(count):
        across, down, open_ = rng.normal([0, 0, 0.1], [0.06, 0.06, 0.04])
        eyes = [(row - 0.35 - down) ** 2 + (column - c - across) ** 2 for c in (0.3, 0.7)]
        dark = sum(np.exp(-eye / 0.008) for eye in eyes)
        mouth = ((row - 0.72 - down) / (0.05 + abs(open_))) ** 2
        dark = dark + np.exp(-mouth - ((column - 0.5 - across) / 0.2) ** 2)
        images.append(1 - 0.9 * np.clip(dark, 0, 1))
    return np.stack(images)


@pytest.mark.parametrize(
    ("data", "args"),
    [
        (load_wine().data, {}),
        (load_breast_cancer().data, {}),
        # Of the derived arguments only their number is changed: a convolution takes its time.
        (faces(), {"num_pools": 6, "posterior_pool": 1024}),
    ],
    ids=["wine", "breast cancer", "faces"],
)
def test_it_runs_to_the_end(data: np.ndarray, args: dict) -> None:
    model = coupled_vae.fit(data, like="cvae", args=args, progress=False)
    sample = model.sample(200, seed=1)
    assert sample.shape == (200, *data.shape[1:])
    assert np.isfinite(sample).all()
    assert np.isfinite(model.log_prob(data[:20], draws=1024)).all()
    if data.ndim == 2:  # in the units of the data
        assert np.allclose(sample.mean(0), data.mean(0), atol=data.std(0))


def test_its_moons_are_nearer_to_the_data_than_those_of_a_vae() -> None:
    moons, _ = make_moons(500, noise=0.05, random_state=0)
    models = {like: coupled_vae.fit(moons, like=like, progress=False) for like in ("vae", "cvae")}
    distance = {like: w2(model.sample(500, seed=1), moons) for like, model in models.items()}
    assert distance["cvae"] < distance["vae"], distance
