"""How few places a new model, dataset, prior or study touches: each is added to a copy and run.

The edits are those of docs/adding-a-model.md.
"""

from pathlib import Path

import pandas as pd
import pytest
from package_copy import PARAMS, SUPPORT, Copy, small_copy

MODEL = '''"""An autoencoder whose latents are pulled to the origin."""

from torch import Tensor

from coupled_vae.config.section import Positive
from coupled_vae.science import gaussian
from coupled_vae.science.models._amortised import AmortisedConfig, AmortisedModel


class Config(AmortisedConfig):
    """``pull`` is the factor of the square of the latents."""

    pull: Positive


class Model(AmortisedModel):
    """Minimise reconstruction and size of the latents."""

    config: Config

    def loss(self, x: Tensor, *noise: Tensor) -> dict[str, Tensor]:
        """In nats per datum."""
        z = gaussian.moved(*self.encode(x), *noise)
        reconstruction = -self.likelihood.log_prob(x, self.decode(z)).mean()
        size = z.square().sum(-1).mean()
        loss = reconstruction + self.config.pull * size
        return {"loss": loss, "reconstruction": reconstruction, "size": size}
'''
DATASET = '''"""Points on a circle."""

import numpy as np

from coupled_vae.config.section import Count, Section, Seed
from coupled_vae.data.dataset import NO_CLASS, Dataset


class Config(Section):
    """``count`` points."""

    count: Count
    seed: Seed


def generate(config: Config) -> Dataset:
    """Draw the points."""
    turn = 2 * np.pi * np.random.default_rng(config.seed).random(config.count)
    x = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return Dataset(x=x.astype(np.float32), label=np.full(len(x), NO_CLASS))
'''
PRIOR = '''"""The Laplace prior."""

import torch
from torch import Tensor

from coupled_vae.config.section import Scale, Section
from coupled_vae.science.priors._even import cube


class Config(Section):
    """``scale`` of each coordinate."""

    scale: Scale


class Prior:
    """Independent Laplace coordinates."""

    full_support = True

    def __init__(self, config: Config, dim: int) -> None:
        self.dim, self.law = dim, torch.distributions.Laplace(0.0, config.scale)

    def sample(self, num: int, generator: torch.Generator) -> Tensor:
        """Independent draws."""
        return self.law.icdf(torch.rand(num, self.dim, generator=generator).clamp(1e-6, 1 - 1e-6))

    def sobol(self, num: int, generator: torch.Generator) -> Tensor:
        """Even draws."""
        return self.law.icdf(cube(num, self.dim, generator))

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density."""
        return self.law.log_prob(z).sum(-1)
'''
USED = f"""
import sys
sys.path.append({str(SUPPORT)!r})
from pathlib import Path
from prior_cases import used
print(used(Path("params.yaml"))["laplace"])
"""
TABLE = "results/studies/first/report/table.csv"


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return small_copy(tmp_path / "copy")


def row(label: str, **more: object) -> dict[str, object]:
    """A row of a study."""
    return {"label": label, "value": None, "args": {}, "problem": {}} | more


def labels(copy: Copy, table: str = TABLE) -> list[str]:
    """The labels in a study's table, of which every row has a number."""
    frame = pd.read_csv(copy.path / table)
    assert frame["w2_to_data_mean"].notna().all()
    return list(frame["label"])


def test_a_model_is_one_file_and_an_entry(copy: Copy) -> None:
    copy.add("science/models/pulled.py", MODEL)
    tree = copy.params()
    args = tree["models"]["vae"]["args"] | {"pull": 0.5}
    entry = {"kind": "pulled", "label": "Pulled", "args": args, "overrides": {}}
    tree["models"]["pulled"] = entry
    tree["experiments"]["paper"]["models"].append("pulled")
    tree["experiments"]["studies"]["first"]["rows"]["pulled"] = row("The newcomer")
    copy.set_params(tree)
    assert copy.touched() == {"science/models/pulled.py", PARAMS}
    copy.make("first")
    assert labels(copy) == ["A VAE", "The newcomer"]


def test_a_dataset_is_one_file_and_an_entry(copy: Copy) -> None:
    copy.add("data/kinds/ring.py", DATASET)
    tree = copy.params()
    entry = {"kind": "ring", "label": "Ring", "type": "points", "args": {"count": 200, "seed": 0}}
    tree["datasets"]["ring"] = entry | {"problem": tree["datasets"]["mog"]["problem"]}
    tree["experiments"]["paper"]["datasets"].append("ring")
    copy.set_params(tree)
    assert copy.touched() == {"data/kinds/ring.py", PARAMS}
    copy.make("paper")
    measured = pd.read_csv(copy.path / "results/metrics.csv")
    ring = measured[measured["dataset"] == "ring"]
    assert "w2_to_data" in {*ring["metric"]}
    without = ring["metric"] != "marginal_error"  # which only a coupled model has
    assert ring.loc[without, "value"].notna().all()


def test_a_prior_is_one_file_and_the_problem_that_names_it(copy: Copy) -> None:
    copy.add("science/priors/laplace.py", PRIOR)
    tree = copy.params()
    prior = {"prior": {"kind": "laplace", "args": {"scale": 0.7}}}
    tree["experiments"]["studies"]["first"]["rows"]["vae.laplace"] = row("Laplace", problem=prior)
    copy.set_params(tree)
    assert copy.touched() == {"science/priors/laplace.py", PARAMS}
    # So the tests of priors have its arguments.
    assert copy.output(USED) == "(2, {'scale': 0.7})\n"
    copy.make("first")
    assert labels(copy) == ["A VAE", "Laplace"]


def test_a_study_is_an_entry(copy: Copy) -> None:
    tree = copy.params()
    first = tree["experiments"]["studies"]["first"]
    rows = {"vae": row("As it is"), "vae.slow": row("Slow", args={"learning_rate": 0.0001})}
    tree["experiments"]["studies"]["second"] = first | {"rows": rows}
    copy.set_params(tree)
    assert copy.touched() == {PARAMS}
    copy.make("second")
    assert labels(copy, TABLE.replace("first", "second")) == ["As it is", "Slow"]
    assert (copy.path / "results/studies/second/report/figure.png").exists()
