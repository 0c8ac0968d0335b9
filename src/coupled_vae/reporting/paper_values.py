"""The numbers that the paper prints: Hao & Shafto, Coupled Variational Autoencoder, ICML 2023.

Tables 1 and 2 (mixture of Gaussians), arXiv 2306.02565. Both errors of Table 1 agree with the
binomial error of 7500 samples redrawn from one trained model, so they are compared with our
resampling errors, not with the spread between seeds. Kernel, bandwidth and sample size of the MMD
of Table 2 are not stated, so its values are comparable with ours in their order only.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Printed:
    """A printed number and its printed plus-or-minus, in the metric's unit before scaling."""

    value: float
    error: float


UNPRINTED = Printed(float("nan"), float("nan"))  # of a model that the paper has not

HIGH_DENSITY_RATIO = {
    "vae": Printed(0.715, 0.005),
    "vae_nf": Printed(0.536, 0.006),
    "wae": Printed(0.608, 0.006),
    "infovae": Printed(0.860, 0.004),
    "cvae": Printed(0.985, 0.001),
}

IN_MODE_STD = {
    "vae": Printed(0.0778, 0.0004),
    "vae_nf": Printed(0.0833, 0.0006),
    "wae": Printed(0.0764, 0.0005),
    "infovae": Printed(0.0673, 0.0004),
    "cvae": Printed(0.0478, 0.0003),
}

MMD = {
    "vae": Printed(0.0106, 0.0004),
    "vae_nf": Printed(0.0161, 0.0005),
    "wae": Printed(0.0060, 0.0002),
    "infovae": Printed(0.0045, 0.0002),
    "cvae": Printed(0.0032, 0.0005),
}
