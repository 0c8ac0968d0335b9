"""InfoVAE's special cases are the models they are said to be."""

import pytest
import torch
from small import small_params

from coupled_vae.data.kinds import mog
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.weights import build
from coupled_vae.runtime.errors import UserError
from coupled_vae.science import gaussian

PARAMS = small_params()
DATASET = mog.generate(mog.Config(grid_side=2, spacing=1.0, std=0.05, points_per_mode=20, seed=1))
X = torch.from_numpy(DATASET.x)


def model(kind="infovae", **args):
    told = {**PARAMS.models[kind].args, **args}
    if args.get("discriminator"):
        told["divergence"] = "js"
    spec = Spec(problem=PARAMS.datasets["mog"].problem, kind=kind, args=told)
    return build(Cell(dataset="mog", model="one", seed=0), spec, DATASET)


def loss(built):
    return built.loss(X, *built.noise(len(X)))


def own_terms(built):
    """Reconstruction and KL of one draw, by the textbook and by the generator of the loss."""
    mean, log_std = built.encode(X)
    z = gaussian.draw(mean, log_std, built.generator)
    return -built.likelihood.log_prob(X, built.decode(z)).mean(), gaussian.kl_to_standard(
        mean, log_std
    ).mean()


def test_alpha_zero_lambda_one_is_vae_bit_for_bit():
    vae = model("vae")
    expected = loss(vae)["loss"]
    for divergence in ("kl", "mmd"):
        assert torch.equal(loss(model(alpha=0, scale=1, divergence=divergence))["loss"], expected)


@pytest.mark.parametrize("beta", [0.5, 4.0])
def test_both_ways_to_beta_vae(beta):
    reconstruction, kl = own_terms(model())
    expected = reconstruction + beta * kl
    paper = model(alpha=0, scale=beta, divergence="kl")
    torch.testing.assert_close(loss(paper)["loss"], expected)
    for divergence in ("kl", "mmd"):  # Zhao et al.: alpha + lambda = 1
        zhao = model(alpha=1 - beta, scale=beta, divergence=divergence)
        torch.testing.assert_close(loss(zhao)["loss"], expected)


def test_alpha_one_lambda_one_with_an_adversary_is_aae():
    adversary = {"width": 8, "learning_rate": 0.01}
    built = model(alpha=1, scale=1, discriminator=adversary)
    built.eval()
    terms = loss(built)
    again = model(alpha=1, scale=1, discriminator=adversary)
    again.eval()
    mean, log_std = again.encode(X)
    z = gaussian.draw(mean, log_std, again.generator)
    judged = torch.sigmoid(again.discriminator(z))
    reconstruction = -again.likelihood.log_prob(X, again.decode(z)).mean()
    torch.testing.assert_close(terms["loss"], reconstruction - judged.log().mean())


def test_the_discriminator_learns_to_tell_and_the_encoder_learns_nothing_from_that_step():
    built = model(alpha=1, scale=1, discriminator={"width": 16, "learning_rate": 0.01})
    built.prepare()
    encoder = [p.clone() for p in built.encoder.parameters()]
    far = torch.full((200, 2), 3.0)
    for _ in range(100):
        built._teach(torch.randn(200, 2, generator=built.generator), far)
    with torch.no_grad():
        assert float(built.discriminator(far).mean()) < -2
        assert float(built.discriminator(torch.zeros(1, 2))) > 1
    assert all(torch.equal(a, b) for a, b in zip(encoder, built.encoder.parameters(), strict=True))


@pytest.mark.parametrize("divergence", ["mmd", "js"])
def test_a_divergence_and_its_discriminator_come_together(divergence):
    adversary = None if divergence == "js" else {"width": 8, "learning_rate": 0.01}
    told = {**PARAMS.models["infovae"].args, "divergence": divergence, "discriminator": adversary}
    spec = Spec(problem=PARAMS.datasets["mog"].problem, kind="infovae", args=told)
    with pytest.raises(UserError, match=f"with divergence {divergence}"):
        build(Cell(dataset="mog", model="one", seed=0), spec, DATASET)
