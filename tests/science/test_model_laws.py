"""Laws of the models: the bound of a linear decoder, flows that are the identity, pure losses."""

import math
from copy import deepcopy

import pytest
import torch
from model_cases import DATASET, EVERY, assert_equal_states, cell, spec, weights
from small import small_params
from torch import nn
from torch.distributions import Independent, MultivariateNormal, Normal

from coupled_vae.config.problem import Part
from coupled_vae.pipeline.loop import fit
from coupled_vae.pipeline.weights import build
from coupled_vae.science import gaussian
from coupled_vae.science.models import vae_nf
from coupled_vae.science.models._amortised import MinibatchModel
from coupled_vae.science.models._dual import Solved
from coupled_vae.science.models._phase import phase_at

PARAMS = small_params()
X = torch.from_numpy(DATASET.x).double()
SIGMA = 0.1  # the likelihood's upper bound
PRIORS = {
    "gaussian": Part(kind="gaussian", args={}),
    "mixture": Part(kind="mixture", args={"count": 3, "radius": 1.5, "std": 0.6}),
}
MATRIX = torch.tensor([[0.8, 0.3], [-0.3, 0.8]], dtype=torch.float64)  # of orthogonal columns
MEAN = torch.tensor([0.2, -0.1], dtype=torch.float64)
SQUARE = float(MATRIX[:, 0].square().sum())


class Linear(nn.Module):
    """E[x|z] = W z + b, with the standard deviation at its bound."""

    def forward(self, z):
        return z @ MATRIX.T + MEAN, torch.full_like(z, 50.0)


class Posterior(nn.Module):
    """The Gaussian posterior of the linear decoder under N(0, I), moved away by ``off``."""

    def __init__(self, off=0.0, flows=0):
        super().__init__()
        self.off, self.flows = off, flows

    def forward(self, x):
        variance = 1 / (1 + SQUARE / SIGMA**2)
        mean = variance * (x - MEAN) @ MATRIX / SIGMA**2
        log_std = torch.full_like(mean, 0.5 * math.log(variance))
        parts = mean + self.off, log_std - self.off
        return (*parts, x.new_zeros(len(x), self.flows)) if self.flows else parts


def linear(kind, prior, off=0.0):
    """A model whose log-likelihood has a closed form, in double precision."""
    base = spec(kind)
    problem = base.problem.model_copy(update={"prior": PRIORS[prior]})
    model = build(cell(kind), base.model_copy(update={"problem": problem}), DATASET)
    flows = 5 * model.config.num_flows if kind == "vae_nf" else 0
    model.decoder, model.encoder = Linear(), Posterior(off, flows)
    return model


def log_likelihood(model):
    """Mean log p(x) of the data: x is Gaussian, or a mixture of Gaussians."""
    prior = model.prior
    is_mixture = hasattr(prior, "means")
    means = prior.means.double() if is_mixture else torch.zeros(1, 2).double()
    spread = prior.config.std**2 if is_mixture else 1.0
    covariance = spread * MATRIX @ MATRIX.T + SIGMA**2 * torch.eye(2)
    parts = MultivariateNormal(means @ MATRIX.T + MEAN, covariance)
    each = parts.log_prob(X[:, None])
    return float((torch.logsumexp(each, 1) - math.log(len(means))).mean())


def losses(model, num=400):
    """Of all data at ``num`` independent draws, one a datum."""
    generator = torch.Generator().manual_seed(3)
    noise = (torch.randn(len(X), 2, generator=generator).double() for _ in range(num))
    return torch.stack([model.loss(X, one)["loss"] for one in noise])


@pytest.mark.parametrize("kind", ["vae", "vae_nf"])
@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("off", [-0.1, 0.0, 0.15])
def test_the_bound_of_a_linear_decoder_is_below_its_log_likelihood(kind, prior, off):
    model = linear(kind, prior, off)
    bound, exact = -losses(model), log_likelihood(model)
    error = 5 * float(bound.std()) / math.sqrt(len(bound)) + 1e-9
    mean = float(bound.mean())
    if prior == "gaussian" and off == 0:  # at the posterior itself the two are one
        assert mean == pytest.approx(exact, abs=error)
        assert error < 0.05
    else:
        assert mean < exact - error


@pytest.mark.parametrize("kind", ["vae", "vae_nf"])
def test_training_an_encoder_for_a_linear_decoder_nears_the_log_likelihood_from_below(kind):
    """The gap is the KL to the true posterior, which the encoder learns to be."""
    args = {**spec(kind).args, "num_steps": 300, "learning_rate": 0.01, "batch_size": 80}
    model = build(cell(kind), spec(kind).model_copy(update={"args": args}), DATASET).double()
    model.decoder, model.x = Linear(), X
    model.minibatch = lambda: (X, model.noise(len(X))[0].double())
    model.prepare()
    for iteration in range(300):
        model.iterate(iteration)
    with torch.no_grad():
        bounds, exact = -losses(model, 200), log_likelihood(model)
    error = 5 * float(bounds.std()) / math.sqrt(len(bounds))
    assert exact - 0.5 < float(bounds.mean()) < exact + error


@pytest.mark.parametrize("prior", PRIORS)
def test_flows_that_are_the_identity_are_vae(prior):
    """On the same draws to rounding where the KL is of the draws; else in expectation."""
    plain, flows = (linear(kind, prior, off=0.1) for kind in ("vae", "vae_nf"))
    generator = torch.Generator().manual_seed(1)
    z = torch.randn(7, 2, generator=generator).double()
    torch.testing.assert_close(
        flows.posterior_log_densities(X, z), plain.posterior_log_densities(X, z)
    )
    one, other = (
        model.sample_posterior(X, torch.Generator().manual_seed(2)) for model in (plain, flows)
    )
    torch.testing.assert_close(one, other)
    one, other = losses(plain), losses(flows)
    if prior == "mixture":
        torch.testing.assert_close(one, other)
    error = 5 * float((one - other).std()) / math.sqrt(len(one)) + 1e-9
    assert float((one - other).mean()) == pytest.approx(0, abs=error)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Models of every kind after a few steps."""
    folder, models = tmp_path_factory.mktemp("models"), {}
    for kind in EVERY:
        models[kind] = build(cell(kind), spec(kind), DATASET)
        fit(models[kind], folder / f"{kind}.pt", "me", kind, interval=1e9)
        models[kind].eval()
    return models


@pytest.mark.parametrize("kind", EVERY)
@torch.no_grad()
def test_densities_of_many_data_are_those_of_each(kind, trained):
    model, x = trained[kind], torch.from_numpy(DATASET.x[:5])
    z = torch.randn(9, 2, generator=torch.Generator().manual_seed(0))
    told = model.posterior_log_densities(x, z)
    assert told.shape == (9, 5)
    each = torch.stack([model.posterior_log_density(datum, z) for datum in x], dim=1)
    torch.testing.assert_close(told, each, rtol=1e-4, atol=1e-3)
    assert float(told.std(dim=0).min()) > 0.01
    assert float(told.std(dim=1).max()) > 0.01


@torch.no_grad()
def test_the_density_behind_flows_is_that_of_their_draws(trained, monkeypatch):
    """By the change of variables on the way forward, without an inverse; whatever the blocks."""
    model, x = deepcopy(trained["vae_nf"]).double(), X[:4]
    mean, log_std, layers = model._posterior(x)
    start = gaussian.draw(mean, log_std, torch.Generator().manual_seed(0))
    z, log_det = vae_nf._push(start, layers)
    log_q = Independent(Normal(mean, log_std.exp()), 1).log_prob(start) - log_det
    told = model.posterior_log_densities(x, z)
    torch.testing.assert_close(told.diagonal(), log_q, rtol=1e-5, atol=1e-5)
    monkeypatch.setattr(vae_nf, "BLOCK_ENTRIES", 8)
    torch.testing.assert_close(model.posterior_log_densities(x, z), told)


MINIBATCH = [
    kind for kind in EVERY if isinstance(build(cell(kind), spec(kind), DATASET), MinibatchModel)
]


@pytest.mark.parametrize("kind", MINIBATCH)
def test_a_loss_computes_and_does_nothing_else(kind):
    """No parameter, no optimizer and no generator moves, while training too."""
    model = build(cell(kind), spec(kind), DATASET)
    model.prepare()
    model.train()
    batch = model.minibatch()
    names = [name for name, _ in model.named_parameters()]
    before = {name: value for name, value in weights(model).items() if name in names}
    seed = model.generator.get_state()
    terms, again = model.loss(*batch), model.loss(*batch)
    assert_equal_states(terms, again)
    after = {name: value for name, value in model.state_dict().items() if name in names}
    assert_equal_states(before, after)
    assert torch.equal(seed, model.generator.get_state())
    assert all(not own.state_dict()["state"] for own in model.optimizers.values())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_adversary_takes_one_step_at_the_encoders_own_draws_before_the_encoder_moves():
    told = spec("aae")
    model, other = (build(cell("aae"), told, DATASET) for _ in range(2))
    for own in (model, other):
        own.prepare()
        own.train()
    model.iterate(0)
    x, normal, real = other.minibatch()
    fake = gaussian.moved(*other.encode(x), normal).detach()
    judged = other.discriminator(torch.cat([real, fake])).squeeze(1)
    wanted = torch.cat([torch.ones(len(real)), torch.zeros(len(fake))])
    loss = 2 * nn.functional.binary_cross_entropy_with_logits(judged, wanted)
    adam = other.optimizers["discriminator"]
    loss.backward()
    adam.step()
    for one, two in zip(
        model.discriminator.parameters(), other.discriminator.parameters(), strict=True
    ):
        # Adam's first step is the sign of the gradient times its rate, whatever the rounding.
        torch.testing.assert_close(one, two, rtol=0, atol=1e-4)
    rate = told.args["discriminator"]["learning_rate"]
    fresh = build(cell("aae"), told, DATASET).discriminator
    pairs = zip(fresh.parameters(), model.discriminator.parameters(), strict=True)
    moved = max(float((a - b).detach().abs().max()) for a, b in pairs)
    assert moved == pytest.approx(rate, rel=1e-3)


@pytest.mark.parametrize("kind", [kind for kind in EVERY if "cvae" in kind])
@torch.no_grad()
def test_the_potential_of_any_latents_is_that_of_the_pool_where_they_are_its_own(kind, trained):
    model = trained[kind]
    phase = phase_at(model.config, 1)
    solved = Solved(z=model.pool, u=model.u, v=model.v, phase=phase)
    chosen = torch.tensor([0, 5, 77, 200])
    told = model.dual.potential_at(model.pool[chosen], solved, model)
    torch.testing.assert_close(told, model.u[chosen], rtol=1e-4, atol=1e-2)
    assert float(told.std()) > 0.05


def test_phases_go_from_the_hot_cost_to_the_trained_one():
    config = build(cell("cvae"), spec("cvae"), DATASET).config
    share = config.anneal_share
    phases = [phase_at(config, share * part) for part in (0, 0.25, 0.5, 0.99, 1, 1.5, 1 / share)]
    temperatures = [phase.temperature for phase in phases]
    assert temperatures[0] == config.anneal_from
    assert temperatures[2] == pytest.approx(math.sqrt(config.anneal_from))
    assert temperatures == sorted(temperatures, reverse=True)
    assert [phase.learned for phase in phases] == [False] * 4 + [True] * 3
    assert [phase.scaling for phase in phases] == [1] * 4 + [config.scaling] * 3
    assert [phase.temperature for phase in phases[4:]] == [1] * 3
    assert [phase.memory for phase in phases[:5]] == [1] * 5
    assert config.memory < phases[5].memory < 1
    assert phases[-1].memory == pytest.approx(config.memory)
    assert phases[-1] == phase_at(config, 1)


@torch.no_grad()
def test_a_hot_cost_is_the_one_of_the_widest_scale_over_the_temperature():
    model = build(cell("cvae"), spec("cvae"), DATASET)
    z = torch.randn(6, 2, generator=torch.Generator().manual_seed(0))
    hot = model.coefficients(z, phase_at(model.config, 0)) @ model.features[:9].T
    mean, widest = model.decode(z)[0], model.likelihood.sigma_max
    density = Independent(Normal(mean[:, None], widest), 1).log_prob(model.x[:9])
    torch.testing.assert_close(hot, -density / model.config.anneal_from, rtol=1e-3, atol=1e-4)
