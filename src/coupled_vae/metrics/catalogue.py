"""All metrics in one place: how each is shown, which values it can take, and what is better.

A new metric is one entry here. ``evaluate`` writes, ``collect`` joins and the tables read no value
that this list does not allow.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from coupled_vae.runtime.ranges import Number

Better = Literal["more", "less", "near"]

# What can be measured of a dataset: points, points whose modes are known, and images.
POINTS, MODES, IMAGES = KINDS = ("points", "modes", "images")
ALL = KINDS

SHARE = Number(low=0, high=1)
POSITIVE = Number(low=0)
FINITE = Number()


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric.

    Attributes:
        header: Of its column in a table, with the unit after scaling.
        decimals: Shown of the scaled value.
        scale: From the metric's own unit to the shown one.
        values: Those it can take; whether it may be undefined (nan).
        better: Whether more or less of it is better, or to be near that of the data (``near``).
        of: Kinds of data it is measured on.
        meaning: What it is, in one sentence.
        source: Where it is from; the paper is that of the C-VAE.
    """

    header: str
    decimals: int
    scale: float = 1
    values: Number
    better: Better
    of: tuple[str, ...]
    meaning: str
    source: str

    @property
    def shown(self) -> tuple[str, int, float]:
        """Header, decimals and scale."""
        return self.header, self.decimals, self.scale


def _mmd(header: str, bound: float, better: Better, meaning: str) -> Metric:
    """An unbiased squared MMD, between plus and minus twice the kernel's largest value."""
    values = Number(low=-2 * bound, high=2 * bound)
    return Metric(
        header=header, decimals=2, scale=1000, values=values, better=better, of=ALL,
        meaning=meaning, source="Gretton et al. 2012",
    )  # fmt: skip


METRICS: Mapping[str, Metric] = {
    "high_density_ratio": Metric(
        header="High-density ratio (%)",
        decimals=1, scale=100, values=SHARE, better="more", of=(MODES,),
        meaning="Share of samples within the radius of their nearest mode.",
        source="Azadi et al. 2020; paper, Table 1",
    ),
    "high_density_ratio_decoder_mean": Metric(
        header="Ratio of decoder means (%)",
        decimals=1, scale=100, values=SHARE, better="more", of=(MODES,),
        meaning="The same share of the decoder's means, without its noise.",
        source="this project",
    ),
    "in_mode_std": Metric(  # undefined where no sample is of high density
        header="In-mode std",
        decimals=4, values=Number(low=0, undefined=True), better="near", of=(MODES,),
        meaning="Standard deviation of high-density samples about their nearest centre.",
        source="Azadi et al. 2020; paper, Table 1",
    ),
    "modes_covered": Metric(
        header="Modes covered",
        decimals=0, values=Number(low=0, whole=True), better="more", of=(MODES,),
        meaning="Modes with at least a tenth of their fair share of the samples, of high density.",
        source="this project",
    ),
    "mode_mass_tv": Metric(
        header="Mode-mass TV", decimals=3, values=SHARE, better="less", of=(MODES,),
        meaning="Total-variation distance of the modes' masses from the uniform.",
        source="this project"
    ),
    "w2_to_data": Metric(
        header="W2 to data", decimals=3, values=POSITIVE, better="less", of=(POINTS, MODES),
        meaning="Wasserstein-2 distance between samples and data, in subsamples.",
        source="this project"
    ),
    "mmd_rbf": _mmd("MMD (10⁻³)", 1, "less",
        "Squared MMD between prior and aggregate posterior, Gaussian kernel.",
    ),
    "mmd_imq": _mmd("MMD, multiquadric (10⁻³)", 7, "less",
        "Squared MMD between prior and aggregate posterior, inverse multiquadric kernel.",
    ),
    "mmd_rbf_floor": _mmd("its noise floor", 1, "near",
        "The Gaussian kernel's MMD between two samples of the prior.",
    ),
    "mmd_imq_floor": _mmd("its noise floor", 7, "near",
        "The multiquadric kernel's MMD between two samples of the prior.",
    ),
    "reconstruction_nll": Metric(
        header="Reconstruction (nats)", decimals=1, values=FINITE, better="less", of=ALL,
        meaning="Mean of -log p(x|z), with z drawn from q(z|x), over the data.",
        source="this project"
    ),
    "validation_nll": Metric(
        header="-log p(x), validation (nats)",
        decimals=1, values=FINITE, better="less", of=(IMAGES,),
        meaning="Estimate of -log p(x) of the held-out images that serve the search.",
        source="this project",
    ),
    "test_nll": Metric(
        header="-log p(x), test (nats)", decimals=1, values=FINITE, better="less", of=(IMAGES,),
        meaning="Estimate of -log p(x) of the held-out images that serve the report.",
        source="this project"
    ),
    "test_reconstruction_nll": Metric(
        header="of test images", decimals=1, values=FINITE, better="less", of=(IMAGES,),
        meaning="Mean of -log p(x|z), with z drawn from q(z|x), over test images.",
        source="this project"
    ),
    "class_recovery": Metric(
        header="Class recovery (%)",
        decimals=1, scale=100, values=SHARE, better="more", of=(IMAGES,),
        meaning="Accuracy of a nearest-neighbour vote on latent means of test images.",
        source="this project",
    ),
    "hole_mass": Metric(
        header="Hole mass (%)", decimals=1, scale=100, values=SHARE, better="less", of=(IMAGES,),
        meaning="Prior mass where the aggregate posterior of a latent plane is nearly empty.",
        source="this project"
    ),
    "encoder_std": Metric(
        header="Posterior std", decimals=3, values=POSITIVE, better="near", of=(IMAGES,),
        meaning="Root of the mean variance of q(z|x).",
        source="this project"
    ),
    "precision": Metric(
        header="Precision", decimals=3, values=SHARE, better="more", of=(IMAGES,),
        meaning="Share of samples inside the neighbourhoods of the data.",
        source="Kynkäänniemi et al. 2019"
    ),
    "recall": Metric(header="Recall", decimals=3, values=SHARE, better="more", of=(IMAGES,),
        meaning="Share of data inside the neighbourhoods of the samples.",
        source="Kynkäänniemi et al. 2019"),
    "density": Metric(header="Density", decimals=3, values=POSITIVE, better="more", of=(IMAGES,),
        meaning="Mean count of data neighbourhoods around a sample, over the neighbours.",
        source="Naeem et al. 2020"),
    "coverage": Metric(header="Coverage", decimals=3, values=SHARE, better="more", of=(IMAGES,),
        meaning="Share of data whose neighbourhood holds a sample.",
        source="Naeem et al. 2020"),
    "marginal_error": Metric(  # undefined of a model that solves no coupling
        header="Marginal error",
        decimals=3, values=Number(low=0, undefined=True), better="less", of=(IMAGES,),
        meaning="Sum over the data of |share - 1/n| after the last solve of the coupling.",
        source="this project",
    ),
}  # fmt: skip

# Measured of every cell of a study beside the metrics of its points (pipeline/study_metrics.py).
OF_STUDIES = ("hole_mass", "marginal_error")


def shown(*names: str) -> dict[str, tuple[str, int, float]]:
    """Header, decimals and scale of some metrics, in this order."""
    return {name: METRICS[name].shown for name in names}


def measured(kind: str) -> list[str]:
    """Names of the metrics of a kind of data."""
    return [name for name, metric in METRICS.items() if kind in metric.of]


def kind_of(names: Collection[str]) -> str:
    """The kind of data that some metrics are of, by the fewest metrics if several fit.

    Raises:
        ValueError: A name is unknown, or they are not of one kind of data.
    """
    unknown = sorted(set(names) - METRICS.keys())
    if unknown:
        raise ValueError(f"{unknown[0]!r} is an unknown metric; see metrics/catalogue.py")
    for kind in KINDS:
        if set(names) <= set(measured(kind)):
            return kind
    raise ValueError("it mixes metrics of points and of images")


def flaw(name: str, value: float, *, failed: bool = False) -> str:
    """What is wrong with the value of a metric; empty if nothing is.

    Args:
        name: Of the metric, which is in the catalogue.
        value: Its value.
        failed: Whether nan is allowed of every metric, for what could not be measured.
    """
    if failed and math.isnan(value):
        return ""
    return METRICS[name].values.flaw(value)


def glossary() -> str:
    """All metrics as a table in Markdown: name, header, what is better, data, meaning, source."""
    lines = ["| Name | Header | Better | Data | Meaning | Source |", "|:--|:--|:--|:--|:--|:--|"]
    for name, metric in METRICS.items():
        meaning = metric.meaning.replace("|", r"\|")
        data = ", ".join([*metric.of, *(["studies"] if name in OF_STUDIES else [])])
        cells = (f"`{name}`", metric.header, metric.better, data, meaning, metric.source)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
