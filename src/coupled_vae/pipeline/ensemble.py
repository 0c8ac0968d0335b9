"""Seeds of one model trained together, as one batched network.

A small network leaves a GPU idle: starting a kernel takes longer than the kernel's work. Stacked
along a new first dimension, S seeds start as many kernels as one seed.
"""

from collections.abc import Sequence
from typing import TypeGuard, TypeVar

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.optim import Adam

from coupled_vae.science.models._amortised import MinibatchModel
from coupled_vae.science.models._base import LatentVariableModel, descend

Value = TypeVar("Value")


class Ensemble:
    """Models that differ only in their seed, trained by ``fit`` as one model.

    Every seed draws minibatches and noise from its generator. So it gets the same random numbers as
    in separate training, and its result differs by rounding only. During training the state is on
    the device; ``state_dict`` and ``finish`` copy it back to the models.

    Args:
        models: Freshly built models, on the CPU, where the generators are.
        device: Device on which the stacked networks are trained.

    Raises:
        ValueError: A model cannot be batched, or the models differ in their arguments.
    """

    def __init__(self, models: Sequence[LatentVariableModel], device: torch.device) -> None:
        self.models = [model for model in models if can_be_batched(model)]
        if len(self.models) < len(models) or any(m.config != models[0].config for m in models):
            kinds = sorted({type(model).__module__.rpartition(".")[2] for model in models})
            raise ValueError(
                f"{', '.join(kinds)}: only models of equal arguments whose loss is all that "
                "trains them can be trained together"
            )
        self.device = device
        self.num_iterations = self.models[0].num_iterations
        self.optimizers: dict[str, torch.optim.Optimizer] = {}
        self.generator = _Generators([model.generator for model in models])
        self._losses = [_Loss(model) for model in self.models]
        self._batched_loss = torch.vmap(self._loss)
        self.parameters = {
            name: self._stacked(name).requires_grad_()
            for name, _ in self._losses[0].named_parameters()
        }
        # The networks' buffers only. A buffer of the model is its order of data, for ``minibatch``.
        self.buffers = {
            f"model.{name}": self._stacked(f"model.{name}")
            for name, _ in self.models[0].named_buffers()
            if "." in name
        }

    def prepare(self) -> None:
        """Build one optimizer for all seeds: Adam treats every number of a parameter separately."""
        rate = self.models[0].config.learning_rate
        self.optimizers = {"adam": Adam(self.parameters.values(), lr=rate, fused=True)}

    def iterate(self, iteration: int) -> dict[str, Tensor]:
        """One Adam step of every seed; the terms of seed i are named ``i/term``.

        ``loss`` is the mean over the seeds.
        """
        parts = zip(*(model.minibatch() for model in self.models), strict=True)
        batch = [torch.stack(part).to(self.device) for part in parts]
        terms = self._batched_loss(self.parameters, self.buffers, *batch)
        # The sum, not the mean: the gradient in a seed's weights is then that of its loss.
        config, progress = self.models[0].config, iteration / self.num_iterations
        descend(self.optimizers["adam"], config, terms["loss"].sum(), progress)
        table = torch.stack(list(terms.values())).detach().cpu()  # one transfer from the device
        rows = dict(zip(terms, table, strict=True))
        own = {f"{i}/{name}": row[i] for i in range(len(self.models)) for name, row in rows.items()}
        return {"loss": rows["loss"].mean(), **own}

    def train(self) -> None:
        """Let BatchNorm use the statistics of the minibatch."""
        for model in self.models:
            model.train()

    def eval(self) -> None:
        """Let BatchNorm use its running statistics."""
        for model in self.models:
            model.eval()

    def finish(self) -> dict[str, float]:
        """Copy the trained state back to the models."""
        self._copy(from_models=False)
        return {}

    def state_dict(self) -> dict[str, Tensor]:
        """The states of all models; names of seed i have the prefix ``i.``."""
        self._copy(from_models=False)
        return {
            f"{i}.{name}": value
            for i, model in enumerate(self.models)
            for name, value in model.state_dict().items()
        }

    def load_buffers_and_weights(self, state: dict[str, Tensor]) -> None:
        """Load a result of ``state_dict``."""
        for i, model in enumerate(self.models):
            model.load_buffers_and_weights(of_seed(i, state, "."))
        self._copy(from_models=True)

    def _loss(
        self, parameters: dict[str, Tensor], buffers: dict[str, Tensor], *batch: Tensor
    ) -> dict[str, Tensor]:
        """Terms of one seed's loss; BatchNorm's statistics are updated in place."""
        terms: dict[str, Tensor] = functional_call(self._losses[0], (parameters, buffers), batch)
        return terms

    def _stacked(self, name: str) -> Tensor:
        """The tensors of this name of all models, on the device, shape ``(seeds, ...)``."""
        return torch.stack([loss.state_dict()[name] for loss in self._losses]).to(self.device)

    @torch.no_grad()
    def _copy(self, *, from_models: bool) -> None:
        """Copy all tensors between the stack and the models, in either direction."""
        for i, loss in enumerate(self._losses):
            own = loss.state_dict()
            for name, stack in {**self.parameters, **self.buffers}.items():
                if from_models:
                    stack[i] = own[name].to(self.device)
                else:
                    own[name].copy_(stack[i])


class _Loss(nn.Module):
    """A model's loss as the ``forward`` of a module, which ``functional_call`` needs."""

    def __init__(self, model: MinibatchModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor, *noise: Tensor) -> dict[str, Tensor]:
        """Terms of the loss on a minibatch, ``(b, d)``."""
        return self.model.loss(x, *noise)


class _Generators:
    """The generators of all seeds as one; its state has shape ``(seeds, bytes)``."""

    def __init__(self, generators: Sequence[torch.Generator]) -> None:
        self.generators = generators

    def get_state(self) -> Tensor:
        return torch.stack([generator.get_state() for generator in self.generators])

    def set_state(self, state: Tensor, /) -> None:
        for generator, own in zip(self.generators, state, strict=True):
            generator.set_state(own.clone())


def of_seed(place: int, named: dict[str, Value], mark: str) -> dict[str, Value]:
    """The entries whose name begins with ``place`` and ``mark``, without this prefix."""
    start = f"{place}{mark}"
    return {name.removeprefix(start): v for name, v in named.items() if name.startswith(start)}


def can_be_batched(model: LatentVariableModel) -> TypeGuard[MinibatchModel]:
    """Whether seeds of a model can be trained together; those of C-VAE cannot."""
    return isinstance(model, MinibatchModel) and model.batched
