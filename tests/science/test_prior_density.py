"""Which model can have which prior: what cannot is refused before training, the rest is right."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from model_cases import DATASET, EVERY, cell, spec
from prior_cases import ARGS
from small import small_params
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from coupled_vae.config import checks, registry
from coupled_vae.config import section as schema
from coupled_vae.config.load import validated
from coupled_vae.config.problem import Part
from coupled_vae.data import dataset
from coupled_vae.pipeline.loop import fit
from coupled_vae.pipeline.weights import build
from coupled_vae.plan.jobs import TrainJob
from coupled_vae.run.cli import main
from coupled_vae.runtime.errors import UserError
from coupled_vae.science import gaussian, priors
from coupled_vae.science.models._amortised import MinibatchModel
from coupled_vae.science.priors._base import ClosedForm, kl_to_prior

FULL = {"gaussian", "mixture"}  # of finite density everywhere
KL = {"vae", "vae_nf", "infovae", "beta_vae"}  # whose loss takes log p(z) at any z
FREE = {"alpha": 1}  # InfoVAE without a KL


def asked(kind, prior, **args):
    """A cell's specification with another prior, in the latent dimension of that."""
    dim, own = ARGS[prior]
    base = spec(kind)
    part = Part(kind=prior, args=own)
    problem = base.problem.model_copy(update={"prior": part, "latent_dim": dim})
    return base.model_copy(update={"problem": problem, "args": {**base.args, **args}})


def built(kind, prior, **args):
    return build(cell(kind), asked(kind, prior, **args), DATASET)


def prior_of(kind, dim=None):
    usual, own = ARGS[kind]
    nothing = Part(kind="mlp", args={})
    part = Part(kind=kind, args=own)
    problem = {"latent_dim": dim or usual, "prior": part, "network": nothing, "likelihood": nothing}
    return schema.parse(type(spec("vae").problem), problem, "problem").build("prior", dim or usual)


every_prior = pytest.mark.parametrize("prior", registry.kinds("priors"))


@every_prior
@pytest.mark.parametrize("kind", EVERY)
def test_each_pair_is_refused_or_trains_by_finite_numbers(kind, prior, tmp_path):
    if kind in KL and prior not in FULL:
        with pytest.raises(UserError, match=f"mog/{kind}/0: problem.prior.kind '{prior}'") as error:
            built(kind, prior)
        assert "choices are gaussian, mixture, or in place" in str(error.value)
        assert "\n" not in str(error.value)
        return
    model = built(kind, prior)
    result = fit(model, tmp_path / "c.pt", "me", kind, interval=1e9)
    assert all(math.isfinite(value) for row in result.history for value in row.values())
    x = torch.from_numpy(DATASET.x)
    with torch.no_grad():
        assert bool(torch.isfinite(model.sample_posterior(x, model.generator)).all())
    assert ("kl" in result.history[0]) == (kind in KL or (kind == "aae" and prior in FULL))


@pytest.mark.parametrize("prior", sorted({*registry.kinds("priors")} - FULL))
@pytest.mark.parametrize(
    ("args", "allowed"),
    [
        ({"alpha": 1, "divergence": "mmd"}, True),
        ({"alpha": 1, "divergence": "kl"}, False),
        ({"alpha": 0.999, "divergence": "mmd"}, False),
        ({"alpha": -1, "divergence": "mmd"}, False),
    ],
)
def test_infovae_has_any_prior_where_it_takes_no_kl(prior, args, allowed, tmp_path):
    if not allowed:
        with pytest.raises(UserError, match=f"{prior}.* has no density"):
            built("infovae", prior, **args)
        return
    model = built("infovae", prior, **args)
    history = fit(model, tmp_path / "c.pt", "me", "infovae", interval=1e9).history
    last = history[-1]
    scale = model.config.scale  # alpha + lambda - 1
    assert last["loss"] == pytest.approx(last["reconstruction"] + scale * last["mmd"], rel=1e-5)
    assert "kl" not in last


@pytest.mark.parametrize("prior", ["uniform", "circle", "dirichlet", "categorical"])
@pytest.mark.parametrize("kind", ["vae", "vae_nf", "infovae"])
def test_the_train_command_refuses_in_one_line_and_writes_nothing(
    kind, prior, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    dataset.save(Path("data.npz"), DATASET)
    job = TrainJob(
        cell=f"mog/{kind}/0", spec=asked(kind, prior), data=Path("data.npz"), out=Path("run")
    )
    assert main([job.command, job.text()]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: mog/{kind}/0: problem.prior.kind '{prior}'")
    assert said.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["data.npz"]


@pytest.mark.parametrize("kind", ["vae", "beta_vae"])
def test_params_yaml_is_refused_before_anything_is_trained(kind):
    tree = small_params().model_dump()
    rows = tree["experiments"]["studies"]["priors"]["rows"]
    row = {"label": "of a square", "value": None, "args": {}}
    for name, prior in (("square", "uniform"), ("five", "mixture")):
        part = {"kind": prior, "args": ARGS[prior][1]}
        rows[f"{kind}.{name}"] = {**row, "problem": {"prior": part}}
    read = validated(tree, "params.yaml")
    with pytest.raises(
        UserError, match=rf"rows\.{kind}\.square.*'uniform' has no density"
    ) as error:
        checks.check_args(read, Path("params.yaml"))
    assert "\n" not in str(error.value)
    del rows[f"{kind}.square"]
    checks.check_args(validated(tree, "params.yaml"), Path("params.yaml"))


def documented():
    """The table of docs/priors.md: prior, column, what stands there."""
    text = (Path(__file__).parents[2] / "docs/priors.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {row[0]: dict(zip(rows[0][2:], row[2:], strict=True)) for row in rows[1:]}


def form(kind, prior, args):
    """How a loss takes its prior: the word of the table."""
    try:
        model = built(kind, prior, **args)
    except UserError:
        return "refused"
    if not isinstance(model, MinibatchModel):
        return "draws"
    model.eval()
    one, other = (model.loss(model.x[:20], *model.noise(20)) for _ in range(2))
    if "kl" not in one:
        return "draws"
    return "closed form" if torch.equal(one["kl"], other["kl"]) else "at the draw"


def test_the_documents_table_of_priors_and_models_is_true():
    table = documented()
    assert [*table] == ["gaussian", "mixture", "uniform", "circle", "dirichlet", "categorical"]
    assert {*table} == {*registry.kinds("priors")}
    for prior, row in table.items():
        for column, told in row.items():
            kind, _, special = column.partition(", ")
            assert form(kind, prior, FREE if special else {}) == told, (prior, column)


@every_prior
def test_a_prior_says_rightly_whether_its_density_is_finite_everywhere(prior):
    own = prior_of(prior)
    assert own.full_support == (prior in FULL)
    generator = torch.Generator().manual_seed(0)
    far = 5 * torch.randn(1000, own.dim, generator=generator)
    assert bool(torch.isfinite(own.log_prob(far)).all()) == own.full_support


def test_a_prior_that_says_nothing_of_its_density_is_refused_a_kl(monkeypatch):
    monkeypatch.delattr(registry.load("priors", "mixture").Prior, "full_support")
    with pytest.raises(UserError, match=r"'mixture' has no density .* choices are gaussian, or"):
        built("vae", "mixture")
    assert "kl" not in built("aae", "mixture").loss(*built("aae", "mixture").minibatch())


def posteriors(num=3, dim=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    mean = 2 * torch.randn(num, dim, generator=generator, dtype=torch.float64)
    log_std = 0.5 * torch.randn(num, dim, generator=generator, dtype=torch.float64) - 0.7
    return mean.requires_grad_(), log_std.requires_grad_()


def density_of(prior):
    """Its log-density by torch.distributions, in float64."""
    if isinstance(prior, priors.gaussian.Prior):
        return Independent(Normal(torch.zeros(2).double(), 1.0), 1).log_prob
    parts = Independent(Normal(prior.means.double(), prior.config.std), 1)
    return MixtureSameFamily(Categorical(torch.ones(len(prior.means)).double()), parts).log_prob


def by_quadrature(log_prob, mean, log_std):
    """KL of each Gaussian, its expectation a sum over a fine grid."""
    axis = torch.linspace(-8, 8, 401, dtype=torch.float64)
    noise = torch.cartesian_prod(axis, axis)
    weight = torch.exp(gaussian.log_density(noise, noise[:1] * 0, noise[:1] * 0)) * 0.04**2
    z = mean[:, None] + log_std.exp()[:, None] * noise
    log_q = gaussian.log_density(z, mean[:, None], log_std[:, None])
    return ((log_q - log_prob(z)) * weight).sum(1)


@pytest.mark.parametrize("kind", sorted(FULL))
def test_value_and_gradient_of_the_kl_are_those_of_its_expectation(kind):
    """Within five standard errors of 100 000 draws; in closed form to rounding."""
    prior, num = prior_of(kind, dim=2), 100_000
    mean, log_std = posteriors()
    expected = by_quadrature(density_of(prior), mean, log_std)
    gradients = torch.autograd.grad(expected.sum(), (mean, log_std))
    wide = [t.detach().repeat(num, 1).requires_grad_() for t in (mean, log_std)]
    generator = torch.Generator().manual_seed(1)
    z = gaussian.draw(*wide, generator)
    own = kl_to_prior(prior, *wide, z)
    single = torch.autograd.grad(own.sum(), wide)
    own = own.detach().reshape(num, 3)
    error = 5 * own.std(0) / math.sqrt(num) + 1e-6
    assert bool(((own.mean(0) - expected).abs() < error).all())
    for found, wanted in zip(single, gradients, strict=True):
        found = found.reshape(num, 3, 2)
        error = 5 * found.std(0) / math.sqrt(num) + 1e-6
        assert bool(((found.mean(0) - wanted).abs() < error).all())
    assert isinstance(prior, ClosedForm) == (kind == "gaussian")


@pytest.mark.parametrize("kind", ["vae", "vae_nf", "infovae", "beta_vae", "aae"])
def test_the_kl_of_the_loss_is_to_the_problems_own_prior(kind):
    """Not to N(0, I): far components of the mixture are close to a posterior that lies on one."""
    terms = {}
    for prior in ("gaussian", "mixture"):
        model = build(cell(kind), far_mixture(kind, prior), DATASET)
        with torch.no_grad():
            for head in model.encoder.heads:  # no spread but noise, and no flows
                head.weight.zero_()
                head.bias.zero_()
            model.encoder.heads[0].bias[0] = 6  # the first component's mean
            terms[prior] = float(model.loss(*model.minibatch())["kl"].detach())
    assert terms["gaussian"] > 15  # 6^2 / 2
    assert terms["mixture"] < 5  # log 4, and little more


def far_mixture(kind, prior):
    base = spec(kind)
    args = {"count": 4, "radius": 6.0, "std": 0.7} if prior == "mixture" else {}
    part = Part(kind=prior, args=args)
    return base.model_copy(update={"problem": base.problem.model_copy(update={"prior": part})})


@pytest.mark.parametrize(("alpha", "scale"), [(0, 2), (0.3, 2), (-1, 5), (1, 3)])
@pytest.mark.parametrize("divergence", ["kl", "mmd"])
def test_the_terms_of_eq_4_have_their_weights_under_a_mixture(alpha, scale, divergence):
    model = built("infovae", "mixture", alpha=alpha, scale=scale, divergence=divergence)
    loss = model.loss(*model.minibatch())
    terms = {name: float(value.detach()) for name, value in loss.items()}
    expected = terms["reconstruction"] + (1 - alpha) * terms["kl"]
    expected += (alpha + scale - 1) * terms[divergence]
    assert terms["loss"] == pytest.approx(expected, rel=1e-5)
    assert np.isfinite(terms["loss"])
