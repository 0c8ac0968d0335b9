"""Networks: shapes, initial weights, and the images they refuse."""

import pytest
import torch

from coupled_vae.runtime.errors import UserError
from coupled_vae.science.networks import conv, mlp
from coupled_vae.science.networks._base import initialise

NETWORKS = [
    mlp.Network(mlp.Config(depth=2, width=8)),
    conv.Network(conv.Config(channels=2, width=8)),
]


def drawn(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("side", [8, 28])
def test_encoder_and_decoder_have_the_heads_asked_for(network, side):
    x, z = drawn(5, side * side), drawn(5, 2)
    shapes = [head.shape for head in network.encoder(side * side, [2, 2, 7])(x)]
    assert shapes == [(5, 2), (5, 2), (5, 7)]
    for normalisation in ("batch", "none"):
        decoder = network.decoder(2, [side * side] * 2, normalisation)
        assert [head.shape for head in decoder(z)] == [(5, side * side)] * 2


@pytest.mark.parametrize("network", NETWORKS)
def test_only_batch_normalisation_makes_a_draw_depend_on_its_batch(network):
    z = drawn(6, 2)
    for normalisation, depends in (("batch", True), ("none", False)):
        decoder = network.decoder(2, [64], normalisation).train()
        initialise(decoder, torch.Generator().manual_seed(0))
        (whole,), (half,) = decoder(z), decoder(z[:3])
        assert torch.allclose(whole[:3], half, atol=1e-5) is not depends


@pytest.mark.parametrize("network", NETWORKS)
def test_weights_follow_the_generator_and_are_within_their_bound(network):
    modules = [network.decoder(2, [64], "none") for _ in range(2)]
    for module in modules:
        initialise(module, torch.Generator().manual_seed(3))
    for one, other in zip(*(module.parameters() for module in modules), strict=True):
        assert torch.equal(one, other)
    for layer in modules[0].modules():
        weight = getattr(layer, "weight", None)
        if weight is not None and weight.dim() > 1:
            bound = weight[0].numel() ** -0.5
            assert 0.5 * bound < float(weight.detach().abs().max()) <= bound


@pytest.mark.parametrize("size", [60, 100])
def test_conv_refuses_what_is_no_image_it_can_halve_twice(size):
    with pytest.raises(UserError, match=f"x has {size} coordinates"):
        NETWORKS[1].encoder(size, [2])
