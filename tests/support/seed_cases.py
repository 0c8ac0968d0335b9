"""Seeds of one model, trained alone and together."""

from itertools import pairwise

from model_cases import DATASET, EVERY, cell, spec
from torch import nn

from coupled_vae.pipeline.ensemble import can_be_batched
from coupled_vae.pipeline.loop import fit
from coupled_vae.pipeline.weights import build

SEEDS = 3
KINDS = [kind for kind in EVERY if can_be_batched(build(cell(kind), spec(kind), DATASET))]
REFUSED = [kind for kind in EVERY if kind not in KINDS]


def told(kind, normalisation="batch", **args):
    own = spec(kind)
    return own.model_copy(update={"args": {**own.args, "normalisation": normalisation, **args}})


def fitted(model, path, interval=1e9):
    return fit(model, path / "checkpoint.pt", "me", "ensemble", interval)


def without_meaning(model):
    """Biases that a BatchNorm right behind them subtracts again, and its means, which follow.

    The gradient of such a bias is zero but for rounding, and Adam makes full steps of that.
    """
    names = set()
    for owner, module in model.named_modules():
        if isinstance(module, nn.Sequential):
            for (name, _), (after, norm) in pairwise(module.named_children()):
                if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
                    names |= {f"{owner}.{name}.bias", f"{owner}.{after}.running_mean"}
    return names
