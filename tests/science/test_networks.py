"""Networks: shapes, initial weights, and the images they refuse."""

import hashlib

import pytest
import torch

from coupled_vae.config.section import parse
from coupled_vae.runtime.errors import UserError
from coupled_vae.science.networks import _base, conv, mlp
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


# Of the network that the results of params.yaml were trained with.
DIGESTS = {
    8: ("846641efe6599cd7", "26376ea0ca595d08", "af20a55165772b52"),
    28: ("b2af5510bbc6c88a", "7523a102f5cc7f5d", "de59b7339442936b"),
}


def digest(module):
    """Of names, shapes and initial bits of a module's weights."""
    initialise(module, torch.Generator().manual_seed(5))
    sha = hashlib.sha256()
    for name, tensor in module.state_dict().items():
        sha.update(f"{name}{tuple(tensor.shape)}".encode())
        sha.update(tensor.numpy().tobytes())
    return sha.hexdigest()[:16]


@pytest.mark.parametrize("shape", [None, "[side, side, 1]"])
@pytest.mark.parametrize("side", DIGESTS)
def test_conv_of_plain_images_is_the_network_it_was(side, shape):
    config = conv.Config(channels=3, width=8, shape=shape and [side, side, 1])
    network, size = conv.Network(config), side * side
    modules = (
        network.encoder(size, [2, 2]),
        network.decoder(2, [size] * 2, "batch"),
        network.decoder(2, [size], "none"),
    )
    assert tuple(map(digest, modules)) == DIGESTS[side]
    kinds = {type(layer) for module in modules for layer in module.modules()}
    assert not kinds & {conv.Padded, conv.Cropped}


SHAPES = [(8, 8, 3), (5, 7, 1), (6, 12, 3), (4, 4, 1), (9, 4, 3), (30, 30, 1)]


@pytest.mark.parametrize("shape", SHAPES)
def test_conv_takes_images_of_any_shape(shape):
    size = shape[0] * shape[1] * shape[2]
    network = conv.Network(conv.Config(channels=2, width=8, shape=[*shape]))
    (code,) = network.encoder(size, [3])(drawn(5, size))
    assert code.shape == (5, 3)
    for normalisation in ("batch", "none"):
        decoder = network.decoder(2, [size] * 2, normalisation)
        outputs = decoder(drawn(5, 2))
        assert [output.shape for output in outputs] == [(5, size)] * 2
        sum(output.square().sum() for output in outputs).backward()
        assert all(weight.grad.isfinite().all() for weight in decoder.parameters())


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_padded_is_cropped_again(shape):
    """The decoder's last module is the inverse of the encoder's first, for each head."""
    height, width, channels = shape
    rows = drawn(5, height * width * channels)
    images = conv.Padded(shape)(rows)
    assert images.shape[1] == channels
    assert [side % 4 for side in images.shape[2:]] == [0, 0]
    assert images.abs().sum() == pytest.approx(float(rows.abs().sum()), rel=1e-5)
    first, second = conv.Cropped(shape)(torch.cat([images, -images], dim=1))
    assert torch.equal(first, rows)
    assert torch.equal(second, -rows)


def test_values_are_in_the_order_height_width_channel():
    """Two pixels that touch are closer in the image than two values that touch in the row."""
    pixel = torch.zeros(6, 5, 3)
    pixel[4, 2, 1] = 1
    image = conv.Padded((6, 5, 3))(pixel.reshape(1, -1))
    assert image.nonzero().tolist() == [[0, 1, 5, 3]]  # one row above, one column to the left


def test_a_square_side_that_is_no_multiple_of_four_needs_no_shape():
    network = conv.Network(conv.Config(channels=2, width=8))
    assert network.encoder(100, [2])(drawn(3, 100))[0].shape == (3, 2)
    assert network.decoder(2, [100], "none")(drawn(3, 2))[0].shape == (3, 100)


@pytest.mark.parametrize("size", [60, 9, 192])
def test_conv_refuses_what_is_no_square_image(size):
    with pytest.raises(UserError, match=f"square and of one channel.* x has {size} coordinates"):
        NETWORKS[1].encoder(size, [2])


def test_conv_refuses_data_of_another_shape():
    network = conv.Network(conv.Config(channels=2, width=8, shape=[8, 8, 3]))
    for build in (network.encoder, lambda size, heads: network.decoder(2, [size], "none")):
        with pytest.raises(UserError, match=r"of shape \[8, 8, 3\].* x has 64 coordinates"):
            build(64, [2])


@pytest.mark.parametrize("shape", [[8, 8], [8, 8, 2], [3, 8, 1], [8, 8, 1, 1], "8x8", [8.5, 8, 1]])
def test_conv_refuses_what_is_no_shape(shape):
    with pytest.raises(UserError, match=r"args\.shape"):
        parse(conv.Config, {"channels": 2, "width": 8, "shape": shape}, "network: args")


@pytest.mark.parametrize("kind", [mlp, conv])
def test_only_training_multiplies_in_bfloat16_and_only_roughly(kind, monkeypatch):
    monkeypatch.setattr(_base, "has_bfloat16", lambda device: True)
    sizes = {"depth": 3} if kind is mlp else {"channels": 4}
    built = {
        precision: kind.Network(kind.Config(width=64, precision=precision, **sizes))
        for precision in ("float32", "bfloat16")
    }
    for part, inputs in (("encoder", drawn(6, 64)), ("decoder", drawn(6, 2))):
        outputs = {}
        for precision, network in built.items():
            args = [64, [2, 2]] if part == "encoder" else [2, [64, 64], "batch"]
            module = getattr(network, part)(*args)
            initialise(module, torch.Generator().manual_seed(1))
            trained = torch.cat(module(inputs), dim=1)
            trained.square().sum().backward()
            first = next(module.parameters())
            with torch.no_grad():
                outputs[precision] = trained.detach(), first.grad, torch.cat(module(inputs), dim=1)
        exact, rough = outputs["float32"], outputs["bfloat16"]
        assert all(tensor.dtype == torch.float32 for tensor in rough)
        for one, other in zip(exact[:2], rough[:2], strict=True):
            assert 0 < float((one - other).norm() / one.norm()) < 0.1
        assert torch.equal(exact[2], rough[2])


def test_the_first_layer_does_not_round_the_coordinates_it_reads(monkeypatch):
    monkeypatch.setattr(_base, "has_bfloat16", lambda device: True)
    network = mlp.Network(mlp.Config(depth=2, width=64, precision="bfloat16"))
    decoder = network.decoder(2, [1], "none")
    near = torch.tensor([[1.0, 1.0], [1.001, 1.0]])  # one number in bfloat16
    seen = []
    decoder.body[0].register_forward_hook(lambda layer, inputs, output: seen.append(output))
    decoder(near)
    assert not torch.equal(*seen[0])


def test_a_processor_without_bfloat16_computes_in_float32(monkeypatch):
    monkeypatch.setattr(_base, "has_bfloat16", lambda device: False)
    z, outputs = drawn(6, 2), []
    for precision in ("float32", "bfloat16"):
        decoder = mlp.Network(mlp.Config(depth=3, width=8, precision=precision)).decoder(
            2, [2], "none"
        )
        initialise(decoder, torch.Generator().manual_seed(1))
        outputs.append(decoder(z)[0])
    assert torch.equal(*outputs)
