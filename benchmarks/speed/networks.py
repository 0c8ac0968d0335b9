"""Our models, and pythae's on copies of the same networks."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from coupled_vae.config.problem import Part, Problem
from coupled_vae.config.registry import config, load
from coupled_vae.science.models._amortised import AmortisedModel

COMMON: dict[str, Any] = {
    "num_steps": 10**6,
    "learning_rate": 1e-3,
    "decay_share": 0.5,
    "normalisation": "batch",
}
ARGS: dict[str, dict[str, Any]] = {
    "vae": {},
    "wae": {"penalty": 10.0},
    "infovae": {"alpha": 0.0, "scale": 100.0, "divergence": "mmd", "discriminator": None},
}


def problem(network: str, args: dict[str, Any], likelihood: str) -> Problem:
    """Two latent dimensions, a standard normal prior, and a network."""
    bounds = {"sigma_min": 0.02, "sigma_max": 0.1} if likelihood == "gaussian" else {}
    return Problem(
        latent_dim=2,
        prior=Part(kind="gaussian", args={}),
        network=Part(kind=network, args=args),
        likelihood=Part(kind=likelihood, args=bounds),
    )


def ours(kind: str, setting: Problem, x: Tensor, batch: int) -> AmortisedModel:
    """A model of ours, ready to train."""
    args = config("models", kind, COMMON | ARGS[kind] | {"batch_size": batch}, kind)
    generator = torch.Generator().manual_seed(0)
    model: AmortisedModel = load("models", kind).Model(args, setting, x, generator)
    model.prepare()
    model.train()
    return model


def pythae(kind: str, model: AmortisedModel) -> nn.Module:
    """The model of pythae with the same loss, on copies of a model's networks and weights."""
    from pythae.models import INFOVAE_MMD, VAE, WAE_MMD, VAEConfig
    from pythae.models import INFOVAE_MMD_Config as InfoConfig
    from pythae.models import WAE_MMD_Config as WAEConfig

    own: dict[str, Any] = {"latent_dim": 2, "input_dim": (model.x.shape[1],)}
    binary = model.likelihood.num_heads == 1
    recon = {"reconstruction_loss": "bce" if binary else "mse"}
    info = {"alpha": ARGS["infovae"]["alpha"], "lbd": ARGS["infovae"]["scale"]}
    weight = ARGS["wae"]["penalty"]
    made: Callable[..., Any]
    made, settings = {
        "vae": (VAE, VAEConfig(**own, **recon)),
        "wae": (WAE_MMD, WAEConfig(**own, kernel_choice="imq", reg_weight=weight)),
        "infovae": (INFOVAE_MMD, InfoConfig(**own, **recon, **info, kernel_choice="rbf")),
    }[kind]
    encoder, decoder = _wrapped(model, binary=binary)
    peer: nn.Module = made(settings, encoder, decoder)
    return peer.train()


def _wrapped(model: AmortisedModel, *, binary: bool) -> tuple[nn.Module, nn.Module]:
    """A model's networks behind pythae's interface; a binary image's mean is what it takes."""
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder

    class Encoder(BaseEncoder):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = copy.deepcopy(model.encoder)

        def forward(self, x: Tensor) -> Any:
            mean, log_std = self.network(x)
            return ModelOutput(embedding=mean, log_covariance=2 * log_std)

    class Decoder(BaseDecoder):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = copy.deepcopy(model.decoder)

        def forward(self, z: Tensor) -> Any:
            mean = self.network(z)[0]
            return ModelOutput(reconstruction=torch.sigmoid(mean) if binary else mean)

    return Encoder(), Decoder()
