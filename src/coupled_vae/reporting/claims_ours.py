"""What README and docs say of the results past the paper's claims, as claims too."""

from functools import partial

from coupled_vae.reporting.claims import Claim, above, below, order
from coupled_vae.reporting.claims_paper import IMAGES, KERNELS, NAT, OTHERS, POINT, STD
from coupled_vae.reporting.paper_values import HIGH_DENSITY_RATIO

MODES = 25.0
NAMES = {"vae": "VAE", "vae_nf": "VAE-NF", "wae": "WAE", "infovae": "InfoVAE", "cvae": "C-VAE"}

_mog = partial(Claim, source="README", experiment="paper", dataset="mog")
_study = partial(Claim, source="README", dataset="mog")


def _printed() -> list[Claim]:
    """Whether each model has the share that the paper prints, to two points, on every side."""
    return [
        _mog(says=f"{NAMES[model]}'s share of high-density samples is that of the paper, to two "
                  "points on average",
             metric="high_density_ratio", target=printed.value, pairs=below(model, 2 * POINT))
        for model, printed in HIGH_DENSITY_RATIO.items()
    ]  # fmt: skip


def _mixture() -> list[Claim]:
    return [
        _mog(says="C-VAE's in-mode std is the data's, to 0.002",
             metric="in_mode_std", target=STD, pairs=below("cvae", 0.002)),
        _mog(says="C-VAE covers all modes in every seed",
             metric="modes_covered", effect=-0.5, pairs=above("cvae", MODES)),
        *(_mog(says=f"C-VAE's MMD is below 0.001, so that of prior draws ({kernel})",
               metric=metric, pairs=below("cvae", 0.001))
          for metric, kernel in KERNELS.items()),
    ]  # fmt: skip


def _paper_settings() -> list[Claim]:
    """What the settings that the paper states come to, by the study of that name."""
    claim = partial(_study, experiment="paper_settings", metric="high_density_ratio")
    return [
        *(claim(says=f"{NAMES[model]} with the paper's settings has the paper's share of "
                     "high-density samples, to two points on average",
                target=HIGH_DENSITY_RATIO[model].value, pairs=below(f"{model}.paper", 2 * POINT))
          for model in ("wae", "cvae")),
        claim(says="BatchNorm in the decoder costs C-VAE more than a point of the share",
              effect=POINT, pairs=order("cvae.paper", "cvae")),
        claim(says="WAE with the paper's settings has a lower share than with the search's",
              effect=POINT, pairs=order("wae.paper", "wae")),
    ]  # fmt: skip


def _images(dataset: str, label: str) -> list[Claim]:
    claim = partial(Claim, source="README", experiment="paper", dataset=dataset)
    return [
        claim(says=f"{label}: C-VAE's reconstructions are better than any other's by a nat",
              metric="reconstruction_nll", effect=NAT, pairs=below("cvae", *OTHERS)),
        claim(says=f"{label}: C-VAE reconstructs test images better than the others by a nat",
              metric="test_reconstruction_nll", effect=NAT, pairs=below("cvae", *OTHERS)),
        claim(says=f"{label}: C-VAE gives test images a higher likelihood than the others",
              metric="test_nll", pairs=below("cvae", *OTHERS)),
    ]  # fmt: skip


def _studies() -> list[Claim]:
    relaxed = tuple(f"cvae.lambda-{value}" for value in ("0.1", "1", "10", "100"))
    solvers = ("cvae.primal", "cvae.neural", "cvae.neural_both", "cvae.neural_primal")
    return [
        _study(says="Both strategies and all duals have the same share, to a point",
               experiment="strategies", metric="high_density_ratio", effect=-POINT,
               pairs=above("cvae", *solvers) + below("cvae", *solvers)),
        _study(says="Networks miss the data's marginal by more than the free potential",
               experiment="strategies", metric="marginal_error",
               pairs=below("cvae", "cvae.neural", "cvae.neural_both", "cvae.neural_primal")),
        _study(says="The relaxed problem has no holes at any lambda: less than a point",
               experiment="relaxation", metric="hole_mass",
               pairs=above(POINT, *relaxed)),
        _study(says="InfoVAE has holes on the mixture: more than ten points",
               experiment="relaxation", metric="hole_mass", pairs=above("infovae", 10 * POINT)),
        _study(says="The in-mode std is closest to the data's at eps 1",
               experiment="epsilon", metric="in_mode_std", target=STD,
               pairs=below("cvae", *(f"cvae.eps-{eps}" for eps in ("0.1", "0.3", "3", "10")))),
        _study(says="At eps 10 samples blur: a lower share than at 1",
               experiment="epsilon", metric="high_density_ratio", effect=POINT,
               pairs=order("cvae.eps-10", "cvae")),
        Claim(says="On all of MNIST C-VAE has fewer holes than VAE", source="README",
              experiment="mnist_full", dataset="mnist_full", metric="hole_mass",
              pairs=order("cvae", "vae")),
        Claim(says="On all of MNIST C-VAE gives test images a higher likelihood than VAE",
              source="README", experiment="mnist_full", dataset="mnist_full", metric="test_nll",
              pairs=order("cvae", "vae")),
    ]  # fmt: skip


CLAIMS: tuple[Claim, ...] = (
    *_printed(),
    *_mixture(),
    *_paper_settings(),
    *(claim for dataset in IMAGES.items() for claim in _images(*dataset)),
    *_studies(),
)
