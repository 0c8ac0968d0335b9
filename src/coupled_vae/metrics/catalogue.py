"""All metrics in one place: how each is shown, which values it can take, and what is better.

A new metric is one entry here. ``evaluate`` writes, ``collect`` joins and the tables read no value
that this list does not allow.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from coupled_vae.runtime.ranges import Number

Better = Literal["more", "less", "near"]
Shown = tuple[str, int, float]  # header, decimals, scale

# Kinds of data: points, points whose modes are known, and images.
POINTS, MODES, IMAGES = ALL = ("points", "modes", "images")
FREE = (POINTS, IMAGES)  # data whose distribution is not known
# What a metric can need beside the data it is measured on.
HELD_OUT, LABELS = "held_out", "labels"

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
        needs: What these data must have beside: ``held_out`` data, ``labels``.
        meaning: What it is, in one sentence.
        source: Where it is from; the paper is that of the C-VAE.
    """

    header: str
    decimals: int
    scale: float = 1
    values: Number
    better: Better
    of: tuple[str, ...]
    needs: tuple[str, ...] = ()
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


def _manifold(header: str, values: Number, source: str, meaning: str) -> Metric:
    """A metric of neighbourhoods: of images in the training data, of points in the held-out."""
    return Metric(
        header=header, decimals=3, values=values, better="more", of=FREE, needs=(HELD_OUT,),
        meaning=meaning, source=source,
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
    "w2_to_held_out": Metric(
        header="W2 to held-out data", decimals=3, values=POSITIVE, better="less",
        of=(POINTS,), needs=(HELD_OUT,),
        meaning="Wasserstein-2 distance between samples and held-out data, in subsamples.",
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
        decimals=1, values=FINITE, better="less", of=ALL, needs=(HELD_OUT,),
        meaning="Estimate of -log p(x) of the held-out data that serve the search.",
        source="this project",
    ),
    "test_nll": Metric(
        header="-log p(x), test (nats)", decimals=1, values=FINITE, better="less",
        of=ALL, needs=(HELD_OUT,),
        meaning="Estimate of -log p(x) of the held-out data that serve the report.",
        source="this project"
    ),
    "test_reconstruction_nll": Metric(
        header="of test data", decimals=1, values=FINITE, better="less",
        of=ALL, needs=(HELD_OUT,),
        meaning="Mean of -log p(x|z), with z drawn from q(z|x), over the test data.",
        source="this project"
    ),
    "class_recovery": Metric(
        header="Class recovery (%)",
        decimals=1, scale=100, values=SHARE, better="more", of=FREE, needs=(HELD_OUT, LABELS),
        meaning="Accuracy of a nearest-neighbour vote on latent means of the test data.",
        source="this project",
    ),
    "hole_mass": Metric(  # undefined of a latent space that is not a plane
        header="Hole mass (%)", decimals=1, scale=100,
        values=Number(low=0, high=1, undefined=True), better="less", of=FREE,
        meaning="Prior mass where the aggregate posterior of a latent plane is nearly empty.",
        source="this project"
    ),
    "encoder_std": Metric(
        header="Posterior std", decimals=3, values=POSITIVE, better="near", of=(IMAGES,),
        meaning="Root of the mean variance of q(z|x).",
        source="this project"
    ),
    "precision": _manifold("Precision", SHARE, "Kynkäänniemi et al. 2019",
        "Share of samples inside the neighbourhoods of the data.",
    ),
    "recall": _manifold("Recall", SHARE, "Kynkäänniemi et al. 2019",
        "Share of data inside the neighbourhoods of the samples.",
    ),
    "density": _manifold("Density", POSITIVE, "Naeem et al. 2020",
        "Mean count of data neighbourhoods around a sample, over the neighbours.",
    ),
    "coverage": _manifold("Coverage", SHARE, "Naeem et al. 2020",
        "Share of data whose neighbourhood holds a sample.",
    ),
    "marginal_error": Metric(  # undefined of a model that solves no coupling
        header="Marginal error",
        decimals=3, values=Number(low=0, undefined=True), better="less", of=FREE,
        meaning="Sum over the data of |share - 1/n| after the last solve of the coupling.",
        source="this project",
    ),
}  # fmt: skip

# Measured of every cell of a study beside the metrics of its points (pipeline/study_metrics.py).
OF_STUDIES = ("hole_mass", "marginal_error")


def shown(*names: str) -> dict[str, Shown]:
    """Header, decimals and scale of some metrics, in this order."""
    return {name: METRICS[name].shown for name in names}


def columns(kind: str, first: Sequence[str], without: Sequence[str]) -> dict[str, Shown]:
    """Header, decimals and scale of the metrics in a table of a kind of data.

    Args:
        kind: ``points``, ``modes`` or ``images``.
        first: The first columns, in this order; a study's may be of other kinds.
        without: Metrics of the kind that the table leaves out; any other one follows, so that a new
            metric needs no entry in a table.
    """
    rest = [name for name in measured(kind) if name not in (*first, *without)]
    return shown(*first, *rest)


def measured(kind: str, has: Collection[str] = (HELD_OUT, LABELS)) -> list[str]:
    """Names of the metrics of a kind of data.

    Args:
        kind: ``points``, ``modes`` or ``images``.
        has: What the data have beside, ``held_out`` data and ``labels``; by default both.
    """
    return [
        name
        for name, metric in METRICS.items()
        if kind in metric.of and set(metric.needs) <= {*has}
    ]


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
        data += "".join(f", with {need.replace('_', '-')}" for need in metric.needs)
        cells = (f"`{name}`", metric.header, metric.better, data, meaning, metric.source)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
