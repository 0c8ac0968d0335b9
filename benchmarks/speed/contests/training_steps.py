"""One training step: forward, backward, Adam. Ours against pythae on the same networks.

Ours picks the minibatch as well. The last side of the points is no peer but a bound: only the
matrix products of the layers, forward and backward.
"""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from coupled_vae.config.problem import Problem
from coupled_vae.pipeline.torch_setup import use_deterministic_kernels
from coupled_vae.reporting.performance import Row
from coupled_vae.science.models._amortised import AmortisedModel
from speed import networks
from speed.race import Check, Side, compete
from speed.settings import Settings

TITLE = "One training step"
TOLERANCE = 1e-3  # an MMD is a small difference of large sums
# The last of pythae's terms, by our name.
TERMS = {"vae": "kl", "wae": "mmd", "infovae": "mmd"}


def our_step(model: AmortisedModel) -> Callable[[], float]:
    """A step of the training loop, with the numbers that it reads for the history."""
    count = iter(range(10**9))

    def run() -> float:
        terms = {name: float(value.detach()) for name, value in model.iterate(next(count)).items()}
        return terms["loss"]

    return run


def their_step(peer: nn.Module, batch: Tensor) -> Callable[[], float]:
    """A step of pythae's trainer, without its callbacks and its loading of data."""
    adam = torch.optim.Adam(peer.parameters(), lr=networks.COMMON["learning_rate"])

    def run() -> float:
        adam.zero_grad()
        loss = peer({"data": batch}).loss
        loss.backward()
        adam.step()
        return float(loss.detach())

    return run


def products(model: AmortisedModel, batch: int) -> Callable[[], float]:
    """The matrix products of all linear layers: outputs, and gradients of weights and inputs."""
    shapes = [layer.weight.shape for layer in model.modules() if isinstance(layer, nn.Linear)]
    sides = [(torch.randn(batch, i), torch.randn(o, i), torch.randn(batch, o)) for o, i in shapes]

    def run() -> float:
        for x, weight, gradient in sides:
            torch.mm(x, weight.T)
            torch.mm(gradient.T, x)
            torch.mm(gradient, weight)
        return 0.0

    return run


@torch.no_grad()
def difference(kind: str, model: AmortisedModel, peer: Any, x: Tensor) -> Check:
    """Relative difference of a term that both losses have, at the same weights and noise.

    The reconstruction is compared where it is that of binary images. With points theirs is a
    squared error, and ours the likelihood with a learned scale.
    """
    normal, prior = torch.randn(2, len(x), 2, generator=torch.Generator().manual_seed(1))
    theirs, own = copy.deepcopy(peer), copy.deepcopy(model)
    noise = (normal,) if kind == "vae" else (normal, prior)
    mean, log_std = own.encode(x)
    z = mean + torch.exp(log_std) * normal
    draws = {"vae": (mean, 2 * log_std, z), "wae": (z, prior)}
    draws["infovae"] = (z, prior, mean, 2 * log_std)
    values = theirs.loss_function(theirs.decoder(z)["reconstruction"], x, *draws[kind])
    whole = model.likelihood.num_heads == 1 and kind != "wae"
    name, value = ("loss", values[0]) if whole else (TERMS[kind], values[-1])
    apart = abs(float(value) / float(own.loss(x, *noise)[name]) - 1)
    return Check(f"relative difference of the term {name}", apart, TOLERANCE)


def sides(kind: str, setting: Problem, x: Tensor, batch: int) -> list[Side[float]]:
    """Ours and pythae's, from the same weights."""
    model, checks = networks.ours(kind, setting, x, batch), list[Check]()

    def peer() -> Callable[[], float]:
        start = networks.ours(kind, setting, x, batch)
        theirs = networks.pythae(kind, start)
        checks.append(difference(kind, start, theirs, x[:batch]))
        return their_step(theirs, x[:batch])

    return [
        Side(name="ours", build=lambda: our_step(model)),
        Side(name="pythae", build=peer, packages=("pythae",), check=lambda *_: checks[0]),
    ]


def bound(model: AmortisedModel, batch: int) -> Side[float]:
    """No step can be faster than the products of its layers."""
    return Side(name="matrix products alone", build=lambda: products(model, batch), note="a bound")


def rows(settings: Settings) -> list[Row]:
    """Steps of three models on points, and of one on images."""
    use_deterministic_kernels()
    generator = torch.Generator().manual_seed(0)
    effort = settings.effort(rounds=7, budget=8, repeats=50)
    depth, width, batch = settings.pick(4, 2), settings.pick(256, 16), settings.pick(256, 32)
    x = torch.randn(settings.pick(7500, 64), 2, generator=generator)
    setting = networks.problem("mlp", {"depth": depth, "width": width}, "gaussian")
    found = list[Row]()
    for kind, name in (("vae", "VAE"), ("wae", "WAE"), ("infovae", "InfoVAE")):
        contestants = sides(kind, setting, x, batch)
        contestants += [] if found else [bound(networks.ours(kind, setting, x, batch), batch)]
        case = f"{name}, {depth} x {width} units with BatchNorm, batch {batch}"
        found += compete(TITLE, case, contestants, effort)
    return found + _images(settings, generator)


def _images(settings: Settings, generator: torch.Generator) -> list[Row]:
    side, batch = settings.pick(28, 8), settings.pick(64, 16)
    args = {"channels": settings.pick(16, 2), "width": settings.pick(256, 8)}
    shape = settings.pick(2560, 64), side * side
    x = torch.bernoulli(torch.full(shape, 0.3), generator=generator)
    contestants = sides("vae", networks.problem("conv", args, "bernoulli"), x, batch)
    case = f"VAE with convolutions, binary images of {side} x {side} pixels, batch {batch}"
    return compete(TITLE, case, contestants, settings.effort(rounds=7, budget=10, repeats=20))
