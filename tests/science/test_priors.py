"""Every prior: draws that follow the generator, even draws of the same law, densities."""

import math

import pytest
import scipy.stats
import torch
from prior_cases import every_kind, prior
from torch.distributions import (
    Categorical,
    Dirichlet,
    Independent,
    MixtureSameFamily,
    Normal,
    Uniform,
)

from coupled_vae.runtime.errors import UserError
from coupled_vae.science.transport import FixedPoint, Matrix, Sinkhorn
from coupled_vae.science.transport import Problem as TransportProblem


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@every_kind
def test_draws_follow_the_generator_and_nothing_else(kind):
    own = prior(kind)
    for draw in (own.sample, own.sobol):
        first = draw(64, seeded(7))
        assert first.shape == (64, own.dim)
        assert first.dtype == torch.get_default_dtype()
        torch.manual_seed(1234)
        torch.testing.assert_close(draw(64, seeded(7)), first)
        assert not torch.equal(draw(64, seeded(8)), first)


@every_kind
def test_even_draws_have_the_law_of_independent_ones(kind):
    own = prior(kind)
    even, plain = own.sobol(4096, seeded()), own.sample(4096, seeded(1))
    assert bool(torch.isfinite(own.log_prob(even)).all())
    assert bool(torch.isfinite(own.log_prob(plain)).all())
    for k in range(own.dim):
        test = scipy.stats.ks_2samp(even[:, k].numpy(), plain[:, k].numpy(), method="asymp")
        assert test.statistic < 0.04, k
    torch.testing.assert_close(even.T.cov(), plain.T.cov(), atol=0.06, rtol=0)


@every_kind
def test_even_draws_are_more_even(kind):
    """The mean of a smooth function varies far less from set to set."""
    own = prior(kind)

    def spread(draw):
        means = [torch.sin(2 * draw(1024, seeded(s))[:, 0] + 0.3).mean() for s in range(30)]
        return float(torch.stack(means).std())

    assert spread(own.sobol) < 0.4 * spread(own.sample)


def test_densities_are_those_of_torch_distributions():
    z = 3 * torch.rand(500, 2, generator=seeded()) - 1.5
    torch.testing.assert_close(prior("gaussian").log_prob(z), Normal(0.0, 1.0).log_prob(z).sum(1))
    square = Independent(Uniform(torch.full((2,), -1.5), torch.full((2,), 1.5)), 1)
    torch.testing.assert_close(prior("uniform").log_prob(z), square.log_prob(z))
    assert prior("uniform").log_prob(torch.tensor([[0.0, 1.6]])).tolist() == [-math.inf]
    mixture = prior("mixture", dim=2)
    parts = Independent(Normal(mixture.means, 0.3), 1)
    expected = MixtureSameFamily(Categorical(torch.ones(4)), parts)
    torch.testing.assert_close(mixture.log_prob(z), expected.log_prob(z))
    shares = prior("dirichlet").sample(500, seeded())
    shares = shares[(shares > 1e-4).all(1)]
    expected = Dirichlet(torch.full((3,), 0.7)).log_prob(shares)
    torch.testing.assert_close(prior("dirichlet").log_prob(shares), expected, rtol=1e-3, atol=1e-3)


def test_dirichlet_coordinates_are_beta():
    for draw in (prior("dirichlet").sample, prior("dirichlet").sobol):
        for column in draw(4096, seeded(3)).T:
            assert scipy.stats.kstest(column.numpy(), "beta", args=(0.7, 1.4)).statistic < 0.03


def test_a_circle_has_its_mass_on_it():
    own = prior("circle")
    torch.testing.assert_close(own.sample(100, seeded()).norm(dim=1), torch.full((100,), 1.25))
    on, off = own.log_prob(torch.tensor([[0.0, 1.25], [0.0, 1.2]])).tolist()
    assert on == pytest.approx(-math.log(2 * math.pi * 1.25))
    assert off == -math.inf


def test_even_codes_stand_equally_often():
    own = prior("categorical")
    assert own.sobol(50, seeded()).sum(0).tolist() == [5.0] * 10
    assert own.sobol(53, seeded()).sum(0).sort().values.tolist() == [5.0] * 7 + [6.0] * 3
    assert own.log_prob(torch.full((1, 10), 0.1)).tolist() == [-math.inf]


def test_a_pool_of_even_codes_is_the_discrete_problem_that_sinkhorn_solves():
    generator = seeded(5)
    cost = torch.rand(10, 20, dtype=torch.float64, generator=generator)
    log_p = torch.full((20,), -math.log(20), dtype=torch.float64)
    codes = prior("categorical").sobol(50, generator).argmax(1)
    pool = TransportProblem(cost=Matrix(cost[codes]), log_p=log_p, eps=0.2)
    atoms = TransportProblem(cost=Matrix(cost), log_p=log_p, eps=0.2)
    fixed = FixedPoint(steps=1, scaling=1, max_rounds=10_000, tolerance=1e-12)
    v = fixed.solve(pool, torch.zeros_like(log_p)).v
    other = Sinkhorn(max_steps=10_000, tolerance=1e-12).solve(atoms, torch.zeros_like(log_p)).v
    torch.testing.assert_close(v - v.mean(), other - other.mean())


@pytest.mark.parametrize(("kind", "dim"), [("circle", 3), ("mixture", 1), ("dirichlet", 1)])
def test_a_space_that_does_not_fit_is_refused(kind, dim):
    with pytest.raises((UserError, ValueError), match="two latent dimensions"):
        prior(kind, dim=dim)
