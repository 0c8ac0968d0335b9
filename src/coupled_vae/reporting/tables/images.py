"""The table of the image experiments: latent space, likelihood and quality of the samples."""

from coupled_vae.metrics import catalogue
from coupled_vae.reporting.needs import Needs
from coupled_vae.reporting.rows import TableInput
from coupled_vae.reporting.tables._datasets import write_datasets
from coupled_vae.reporting.tables._render import meanings

ORDER = (
    "mmd_rbf",
    "mmd_rbf_floor",
    "hole_mass",
    "encoder_std",
    "reconstruction_nll",
    "test_reconstruction_nll",
    "test_nll",
    "class_recovery",
    "precision",
    "recall",
    "density",
    "coverage",
    "marginal_error",
)
MAIN = ("mmd_rbf", "hole_mass", "test_nll")  # of the narrow table
WITHOUT = ("mmd_imq", "mmd_imq_floor", "validation_nll")
SHOWN = catalogue.columns(catalogue.IMAGES, ORDER, WITHOUT)

NOTE = (
    f"Mean ± standard deviation between training seeds. {meanings(SHOWN)} Nearly empty are cells "
    "where the aggregate posterior has less than the share hole_fraction of the prior's mass. "
    "Neighbourhoods are in pixel space."
)
NEEDS = Needs(of="images", each="all", lists_not_run=True)


def write_table(given: TableInput) -> None:
    """Write the table of what the plan gives it."""
    write_datasets(given, SHOWN, NOTE, MAIN)
