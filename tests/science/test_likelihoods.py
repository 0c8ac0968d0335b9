"""The likelihoods: density, cost matrix, Proposition 3.1, bounds."""

import torch
from torch.distributions import Normal

from coupled_vae.science.likelihoods import bernoulli
from coupled_vae.science.likelihoods.gaussian import Config, Likelihood


def likelihood(sigma_min, sigma_max):
    return Likelihood(Config(sigma_min=sigma_min, sigma_max=sigma_max))


def decoded(m=6, d=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shape = (m, d)
    return (
        torch.randn(shape, generator=generator, dtype=torch.float64),
        torch.randn(shape, generator=generator, dtype=torch.float64),
    )


def drawn(num, d=2, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(num, d, generator=generator, dtype=torch.float64)


def bits(num, d=4):
    return (drawn(num, d) > 0).double()


def test_log_prob_is_that_of_torch_distributions():
    gaussian, (mean, scale) = likelihood(0.02, 0.5), decoded()
    x = drawn(6)
    expected = Normal(mean, gaussian.log_sigma(scale).exp()).log_prob(x).sum(1)
    torch.testing.assert_close(gaussian.log_prob(x, (mean, scale)), expected)


def test_cost_matrix_is_the_negative_log_prob_of_every_pair():
    gaussian, parameters = likelihood(0.02, 0.5), decoded()
    x = drawn(9)
    cost = gaussian.coefficients(parameters) @ gaussian.features(x).T
    for b in range(6):
        row = (parameters[0][b : b + 1], parameters[1][b : b + 1])
        torch.testing.assert_close(cost[b], -gaussian.log_prob(x, row))


def test_cost_in_float32_stays_within_a_thousandth_of_a_nat_per_unit_scale():
    """The product form cancels; at sigma 0.02 its terms are of order 10^4."""
    gaussian, (mean, scale) = likelihood(0.02, 0.1), decoded()
    x = drawn(9)
    exact = gaussian.coefficients((mean, scale)) @ gaussian.features(x).T
    single = gaussian.coefficients((mean.float(), scale.float())) @ gaussian.features(x.float()).T
    assert float((single - exact).abs().max()) < 0.02


def test_proposition_3_1_cost_is_a_positive_quadratic_with_its_minimum_at_the_mean():
    gaussian, parameters = likelihood(0.02, 0.5), decoded(m=1)
    x = parameters[0].clone().requires_grad_()
    cost = -gaussian.log_prob(x, parameters).sum()
    (gradient,) = torch.autograd.grad(cost, x)
    torch.testing.assert_close(gradient, torch.zeros_like(x))
    hessian = torch.autograd.functional.hessian(
        lambda point: -gaussian.log_prob(point[None], parameters).sum(), x.detach()[0]
    )
    torch.testing.assert_close(hessian, torch.diag(hessian.diagonal()))
    assert bool((hessian.diagonal() > 0).all())


def test_learned_sigma_stays_within_its_bounds():
    gaussian = likelihood(0.02, 0.1)
    extreme = torch.tensor([-1e4, 0.0, 1e4])
    sigma = gaussian.log_sigma(extreme).exp()
    torch.testing.assert_close(sigma[[0, 2]], torch.tensor([0.02, 0.1]))
    assert 0.02 < float(sigma[1]) < 0.1


def test_a_sigma_that_is_not_learned_is_the_upper_bound():
    gaussian = likelihood(0.02, 0.1)
    x, mean = torch.tensor([[0.3, -0.2]]), torch.tensor([[0.1, 0.5]])
    coefficients = gaussian.coefficients((mean, torch.tensor([[3.0, -3.0]])), learned=False)
    cost = coefficients @ gaussian.features(x).T
    wanted = -torch.distributions.Normal(mean, 0.1).log_prob(x).sum()
    torch.testing.assert_close(cost.squeeze(), wanted)


def test_draws_have_the_decoded_moments():
    gaussian = likelihood(0.02, 0.5)
    mean, scale = torch.full((40000, 1), 1.5), torch.full((40000, 1), 0.3)
    x = gaussian.sample((mean, scale), torch.Generator().manual_seed(0))
    sigma = float(gaussian.log_sigma(scale[0]).exp())
    standard_error = sigma / 200
    assert abs(float(x.mean()) - 1.5) < 5 * standard_error
    assert abs(float(x.std()) / sigma - 1) < 5 / 280  # std of a std is sigma / sqrt(2 n)


def test_bernoulli_log_prob_is_that_of_torch_distributions():
    logit = 5 * drawn(6, 4, seed=2)
    x = bits(6)
    binary = bernoulli.Likelihood(bernoulli.Config())
    expected = torch.distributions.Bernoulli(logits=logit).log_prob(x).sum(1)
    torch.testing.assert_close(binary.log_prob(x, (logit,)), expected)
    torch.testing.assert_close(binary.mean((logit,)), torch.sigmoid(logit))


def test_bernoulli_cost_is_the_negative_log_prob_of_every_pair_and_linear_in_x():
    logit = 5 * drawn(6, 4, seed=2)
    x = bits(9)
    binary = bernoulli.Likelihood(bernoulli.Config())
    cost = binary.coefficients((logit,)) @ binary.features(x).T
    for b in range(6):
        torch.testing.assert_close(cost[b], -binary.log_prob(x, (logit[b : b + 1],)))


def test_bernoulli_draws_are_bits_of_the_decoded_mean():
    logit = torch.tensor([[-2.0, 0.0, 3.0]]).expand(40000, 3)
    x = bernoulli.Likelihood(bernoulli.Config()).sample((logit,), torch.Generator().manual_seed(0))
    assert set(x.unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(x.mean(0), torch.sigmoid(logit[0]), atol=0.015, rtol=0)
