"""Every model found in the folder also trains on images, and draws what their figures need."""

import numpy as np
import pytest
import torch
from small import small_params

from coupled_vae.config import registry
from coupled_vae.config.traits import Traits
from coupled_vae.data.kinds import digits
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.draw import draws
from coupled_vae.pipeline.image_draws import log_marginal
from coupled_vae.pipeline.loop import fit
from coupled_vae.pipeline.weights import build
from coupled_vae.runtime.errors import UserError

PARAMS = small_params()
CONFIG = digits.Config(count=40, held_out=12, seed=1)
DATASET, HELD_OUT = digits.generate(CONFIG), digits.held_out(CONFIG)

every_kind = pytest.mark.parametrize("kind", registry.kinds("models"))


def trained(kind, tmp_path):
    name = next(name for name, entry in PARAMS.models.items() if entry.kind == kind)
    told = Spec(
        problem=PARAMS.datasets["digits"].problem, kind=kind, args=PARAMS.args(name, "digits")
    )
    model = build(Cell(dataset="digits", model=kind, seed=0), told, DATASET)
    fit(model, tmp_path / "c.pt", "me", kind, interval=1e9)
    return model.eval()


def drawn(model, **changes):
    settings = PARAMS.evaluation.draw_settings(Traits(kind="images", held_out=True, labels=True))
    images = settings.images.model_copy(update=changes)
    settings = settings.model_copy(update={"images": images})
    return draws(model, DATASET, HELD_OUT, settings, torch.Generator().manual_seed(0))


@every_kind
def test_draws_have_their_shapes_and_are_finite(kind, tmp_path):
    images, m = PARAMS.evaluation.images, PARAMS.evaluation.num_draws
    arrays = drawn(trained(kind, tmp_path))
    g = PARAMS.evaluation.plane.size
    n, k, pairs = len(DATASET.x), len(HELD_OUT.x), len(images.pairs)
    assert {name: array.shape for name, array in arrays.items()} == {
        "prior": (m, 2),
        "prior_other": (m, 2),
        "aggregate": (m, 2),
        "latent_mean": (n, 2),
        "code": (n, 2),
        "reconstruction_nll": (n,),
        "sample": (images.samples, 64),
        "sample_mean": (min(100, images.samples), 64),
        "posterior_draws": (images.posterior_draws, n, 2),
        "prior_sobol": (32 * images.hole_cells**2, 2),
        "shown": (images.shown,),
        "shown_reconstruction": (images.shown, 64),
        "pairs": (pairs, 2),
        "interpolation": (pairs, images.steps, 64),
        "held_out_mean": (k, 2),
        "held_out_reconstruction_nll": (k,),
        "held_out_nll": (k,),
        "plane_axis": (g,),
        "plane": (g, g, 64),
    }
    assert all(np.isfinite(array).all() for array in arrays.values())
    assert set(np.unique(arrays["sample"])) <= {0.0, 1.0}


def test_interpolations_end_at_the_decoded_latent_means(tmp_path):
    model = trained("vae", tmp_path)
    arrays = drawn(model)
    ends = torch.from_numpy(arrays["latent_mean"][arrays["pairs"]])
    with torch.no_grad():
        for end, step in ((0, 0), (1, -1)):
            wanted = model.likelihood.mean(model.decode(ends[:, end])).numpy()
            np.testing.assert_allclose(arrays["interpolation"][:, step], wanted, atol=1e-5)


def test_log_marginal_is_the_average_over_the_prior(tmp_path):
    model = trained("vae", tmp_path)
    x = torch.from_numpy(HELD_OUT.x)
    with torch.no_grad():
        ours = log_marginal(model, x, 4096, torch.Generator().manual_seed(0))
        z = torch.randn(20000, 2, generator=torch.Generator().manual_seed(1))
        decoded = model.decode(z)
        plain = torch.stack([model.likelihood.log_prob(row[None], decoded) for row in x])
        expected = torch.logsumexp(plain, dim=1) - np.log(len(z))
    torch.testing.assert_close(ours, expected, atol=0.05, rtol=0)


def test_a_pair_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(UserError, match="pairs has 40, which is not a datum; choose from 0 to 39"):
        drawn(trained("vae", tmp_path), pairs=[[0, 40]])
