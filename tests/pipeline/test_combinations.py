"""Every model with every prior, every likelihood and every network: trained, or refused in a line.

What a model cannot do is refused when it is built, before anything is trained, with the choices.
"""

import itertools
import math

import numpy as np
import pytest
import torch
from model_cases import EVERY, spec
from prior_cases import ARGS

from coupled_vae.config import registry
from coupled_vae.config.problem import Part, Problem
from coupled_vae.data.dataset import Dataset
from coupled_vae.pipeline.cell import Cell
from coupled_vae.pipeline.loop import fit
from coupled_vae.pipeline.weights import build
from coupled_vae.runtime.errors import UserError

LIKELIHOODS = {"gaussian": {"sigma_min": 0.05, "sigma_max": 0.5}, "bernoulli": {}}
NETWORKS = {"mlp": {"depth": 2, "width": 8}, "conv": {"channels": 2, "width": 8}}
# docs/priors.md: a loss that takes KL(q(z|x) || p(z)) needs a density of p(z) at every z.
WITH_KL = {"vae", "vae_nf", "infovae", "beta_vae"}
WITHOUT_DENSITY = {"uniform", "circle", "dirichlet", "categorical"}

rng = np.random.default_rng(0)
DATA = Dataset(
    x=(rng.random((40, 64)) < 0.4).astype(np.float32), label=np.zeros(40, np.int64)
)  # images of 8 x 8, which both likelihoods and both networks take


def test_every_kind_is_tried() -> None:
    assert sorted(LIKELIHOODS) == registry.kinds("likelihoods")
    assert sorted(NETWORKS) == registry.kinds("networks")
    assert sorted(ARGS) == registry.kinds("priors")


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize(
    ("prior", "likelihood", "network"),
    [*itertools.product(ARGS, LIKELIHOODS, ["mlp"]), ("gaussian", "bernoulli", "conv")],
)
def test_a_combination_is_trained_or_refused(tmp_path, kind, prior, likelihood, network) -> None:
    dim, args = ARGS[prior]
    problem = Problem(
        latent_dim=dim,
        prior=Part(kind=prior, args=args),
        network=Part(kind=network, args=NETWORKS[network]),
        likelihood=Part(kind=likelihood, args=LIKELIHOODS[likelihood]),
    )
    own = spec(kind).model_copy(update={"problem": problem})
    cell = Cell(dataset="toy", model=kind, seed=0)
    if kind in WITH_KL and prior in WITHOUT_DENSITY:
        with pytest.raises(UserError, match=r"choices are|choose") as refused:
            build(cell, own, DATA)
        assert "\n" not in str(refused.value)
        return
    model = build(cell, own, DATA)
    result = fit(model, tmp_path / "checkpoint", "toy", str(cell), math.inf)
    assert math.isfinite(result.history[-1]["loss"])
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        sample = model.likelihood.sample(model.decode(model.prior.sample(5, generator)), generator)
        codes = model.sample_posterior(torch.from_numpy(DATA.x), generator)
    assert sample.shape == (5, 64)
    assert codes.shape == (40, dim)
    assert torch.isfinite(sample).all()
    assert torch.isfinite(codes).all()
