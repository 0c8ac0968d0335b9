"""What the paper claims: Hao & Shafto, Coupled Variational Autoencoder, ICML 2023.

The paper gives no effect sizes; those here are ours. A share counts from one point on, which is
twice the error of redrawing 7500 samples; a reconstruction or a likelihood from one nat on. The
other effects have their reason beside them. "Section 4" is the paper's section of experiments.
"""

from functools import partial

from coupled_vae.reporting.claims import Claim, above, below, order

OTHERS = ("vae", "vae_nf", "wae", "infovae")
POINT = 0.01  # of a share
NAT = 1.0
STD = 0.05  # of the data in a mode
# Entropy of a mode in nats: -log p(x|z) of a decoder that knows of a datum its mode alone.
MODE_ENTROPY = -3.15
KERNELS = {"mmd_rbf": "Gaussian kernel", "mmd_imq": "multiquadric kernel"}
IMAGES = {"mnist": "MNIST", "digits": "Digits"}

_mog = partial(Claim, experiment="paper", dataset="mog")


def _mixture() -> list[Claim]:
    figure, table = "Figure 1, section 4", "Table 1"
    return [
        _mog(says="All models reconstruct the mixture well: within a nat of the modes' entropy",
             source=figure, metric="reconstruction_nll",
             pairs=above(MODE_ENTROPY + NAT, *OTHERS, "cvae")),
        _mog(says="VAE, VAE-NF, WAE and InfoVAE draw samples between the modes: more than 10 %",
             source=figure, metric="high_density_ratio", pairs=above(0.9, *OTHERS)),
        _mog(says="C-VAE has the highest share of high-density samples",
             source=table, metric="high_density_ratio", pairs=above("cvae", *OTHERS),
             effect=POINT),
        _mog(says="The share rises in the order VAE-NF, WAE, VAE, InfoVAE, C-VAE",
             source=table, metric="high_density_ratio",
             pairs=order("vae_nf", "wae", "vae", "infovae", "cvae")),
        _mog(says="C-VAE's in-mode std is closest to the data's",
             source=table, metric="in_mode_std", target=STD, pairs=below("cvae", *OTHERS)),
        _mog(says="The in-mode std rises in the order C-VAE, InfoVAE, WAE, VAE, VAE-NF",
             source=table, metric="in_mode_std",
             pairs=order("cvae", "infovae", "wae", "vae", "vae_nf")),
        _mog(says="InfoVAE has better samples than VAE",
             source=figure, metric="high_density_ratio", pairs=order("vae", "infovae"),
             effect=POINT),
        _mog(says="Posteriors of one datum: Gaussian of VAE, WAE and InfoVAE, correlated with one "
                  "mode of VAE-NF, with several modes of C-VAE",
             source=figure, evidence="Figure 1, last column"),
    ]  # fmt: skip


def _by_kernel(metric: str, kernel: str) -> list[Claim]:
    """Claims of Table 2 by one kernel: the paper does not say which it has."""
    return [
        _mog(says=f"C-VAE has the smallest MMD ({kernel})",
             source="Table 2", metric=metric, pairs=below("cvae", *OTHERS)),
        _mog(says=f"MMD falls in the order VAE-NF, VAE, WAE, InfoVAE, C-VAE ({kernel})",
             source="Table 2", metric=metric,
             pairs=order("cvae", "infovae", "wae", "vae", "vae_nf")),
        Claim(says=f"A larger lambda brings the aggregate posterior to the prior: MMD is smaller "
                   f"at lambda infinite than at 0.1 ({kernel})",
              source="equation 14", experiment="relaxation", dataset="mog", metric=metric,
              pairs=order("cvae", "cvae.lambda-0.1")),
    ]  # fmt: skip


def _images(dataset: str, label: str) -> list[Claim]:
    claim, figure = partial(Claim, experiment="paper", dataset=dataset), "Figure 3, section 4"
    kernels = [
        claim(says=f"{label}: C-VAE has the smallest MMD ({kernel})",
              source=figure, metric=metric, pairs=below("cvae", *OTHERS))
        for metric, kernel in KERNELS.items()
    ]  # fmt: skip
    return [
        claim(says=f"{label}: C-VAE closes the holes: less than a point of the prior's mass",
              source=figure, metric="hole_mass", pairs=below("cvae", POINT)),
        claim(says=f"{label}: C-VAE has less hole mass than any other model",
              source=figure, metric="hole_mass", pairs=below("cvae", *OTHERS)),
        *kernels,
        claim(says=f"{label}: InfoVAE has smaller holes than VAE",
              source=figure, metric="hole_mass", pairs=order("infovae", "vae")),
        claim(says=f"{label}: WAE has larger holes than VAE",
              source="Figure 1, section 4", metric="hole_mass", pairs=order("vae", "wae"),
              effect=POINT),
        claim(says=f"{label}: WAE's encoder is almost deterministic: std below a hundredth of the "
                   "prior's",
              source="section 4", metric="encoder_std", pairs=below("wae", 0.01)),
        claim(says=f"{label}: C-VAE's reconstructions are at most a nat worse than any other's",
              source="Figure 4", metric="reconstruction_nll", pairs=below("cvae", *OTHERS),
              effect=-NAT),
        # The samples' coverage of the data counts holes of the latent space and of the decoder.
        claim(says=f"{label}: C-VAE's samples cover as much of the data as any other's, to a point",
              source="Figure 4", metric="coverage", pairs=above("cvae", *OTHERS), effect=-POINT),
        claim(says=f"{label}: C-VAE's interpolations are as good as the others'",
              source="Figure 4", evidence="Figure 4"),
    ]  # fmt: skip


def _promises() -> list[Claim]:
    """What the paper promises of any prior and any penalty; our studies check it."""
    priors = ("uniform", "mixture", "circle", "dirichlet", "categorical")
    return [
        *(
            Claim(says=f"Any prior works: with the {prior} one C-VAE's share of high-density "
                       "samples is at most two points below that with the Gaussian",
                  source="section 1", experiment="priors", dataset="mog",
                  metric="high_density_ratio", effect=-2 * POINT,
                  pairs=order("cvae", f"cvae.{prior}"))
            for prior in priors
        ),
        Claim(says="Any prior works at no extra cost", source="section 1", experiment="priors",
              dataset="mog", evidence="the run times"),
        Claim(says="More penalty on the mismatch costs InfoVAE quality of samples: the share is "
                   "lower at beta 2 than at 0.5",
              source="section 4", experiment="infovae_family", dataset="mog",
              metric="high_density_ratio", effect=POINT,
              pairs=order("beta_vae.beta-2", "beta_vae.beta-0.5")),
        Claim(says="More penalty does not cost C-VAE quality of samples: the share at lambda "
                   "infinite is at most a point below that at 0.1",
              source="section 4", experiment="relaxation", dataset="mog",
              metric="high_density_ratio", effect=-POINT,
              pairs=order("cvae.lambda-0.1", "cvae")),
    ]  # fmt: skip


CLAIMS: tuple[Claim, ...] = (
    *_mixture(),
    *(claim for kernel in KERNELS.items() for claim in _by_kernel(*kernel)),
    *(claim for dataset in IMAGES.items() for claim in _images(*dataset)),
    *_promises(),
)
