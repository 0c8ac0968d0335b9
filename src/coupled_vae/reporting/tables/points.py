"""The table of points whose modes are not known: samples, likelihood and latent space."""

from coupled_vae.metrics import catalogue
from coupled_vae.reporting.needs import Needs
from coupled_vae.reporting.rows import TableInput
from coupled_vae.reporting.tables._datasets import write_datasets
from coupled_vae.reporting.tables._render import meanings, of_points

ORDER = (
    "w2_to_data",
    "w2_to_held_out",
    "precision",
    "recall",
    "density",
    "coverage",
    "reconstruction_nll",
    "test_reconstruction_nll",
    "test_nll",
    "class_recovery",
    "mmd_rbf",
    "mmd_rbf_floor",
    "hole_mass",
    "marginal_error",
)
MAIN = ("w2_to_data", "test_nll", "mmd_rbf")  # of the narrow table
WITHOUT = ("mmd_imq", "mmd_imq_floor", "validation_nll")
SHOWN = of_points(catalogue.columns(catalogue.POINTS, ORDER, WITHOUT))

NOTE = (
    f"Mean ± standard deviation between training seeds. {meanings(SHOWN)} Neighbourhoods are of "
    "held-out data. Nearly empty are cells where the aggregate posterior has less than the share "
    "hole_fraction of the prior's mass. n/a: the data have no held-out part or no classes, the "
    "latent space is no plane, or the model solves no coupling."
)
NEEDS = Needs(of="points", each="all", lists_not_run=True)


def write_table(given: TableInput) -> None:
    """Write the table of what the plan gives it."""
    write_datasets(given, SHOWN, NOTE, MAIN)
