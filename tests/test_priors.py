"""N(0, I): density, independent draws, low-discrepancy draws."""

import torch
from torch.distributions import Normal

from coupled_vae.priors.gaussian import Config, Prior


def test_log_prob_is_that_of_torch_distributions():
    z = torch.randn(8, 3)
    torch.testing.assert_close(Prior(Config(), 3).log_prob(z), Normal(0.0, 1.0).log_prob(z).sum(1))


def test_draws_follow_the_generator_and_nothing_else():
    prior = Prior(Config(), 2)
    for draw in (prior.sample, prior.sobol):
        first = draw(16, torch.Generator().manual_seed(7))
        torch.manual_seed(1234)
        torch.testing.assert_close(draw(16, torch.Generator().manual_seed(7)), first)
        other = draw(16, torch.Generator().manual_seed(8))
        assert not torch.equal(other, first)


def test_sobol_draws_are_finite_and_more_even_than_independent_ones():
    prior, generator = Prior(Config(), 2), torch.Generator().manual_seed(0)
    even, plain = prior.sobol(4096, generator), prior.sample(4096, generator)
    assert bool(torch.isfinite(even).all())

    def unevenness(z):
        cells = torch.special.ndtr(z).mul(8).long().clamp(0, 7)
        counts = torch.bincount(cells[:, 0] * 8 + cells[:, 1], minlength=64)
        return float((counts.float() / 64 - 1).square().mean())

    assert unevenness(even) < 0.1 * unevenness(plain)
