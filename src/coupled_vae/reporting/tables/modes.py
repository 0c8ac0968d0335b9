"""The table of points of a known mixture, in a grid past the paper."""

from coupled_vae.metrics import catalogue
from coupled_vae.reporting.needs import Needs
from coupled_vae.reporting.rows import TableInput
from coupled_vae.reporting.tables._datasets import write_datasets
from coupled_vae.reporting.tables._render import meanings, of_points

ORDER = (
    "high_density_ratio",
    "high_density_ratio_decoder_mean",
    "in_mode_std",
    "modes_covered",
    "mode_mass_tv",
    "w2_to_data",
    "mmd_rbf",
    "mmd_rbf_floor",
    "reconstruction_nll",
    "test_reconstruction_nll",
    "test_nll",
)
MAIN = ("high_density_ratio", "w2_to_data", "mmd_rbf")  # of the narrow table
WITHOUT = ("mmd_imq", "mmd_imq_floor", "validation_nll")
SHOWN = of_points(catalogue.columns(catalogue.MODES, ORDER, WITHOUT))

NOTE = (
    f"Mean ± standard deviation between training seeds. {meanings(SHOWN)} n/a: no data are held "
    "out."
)
NEEDS = Needs(of="modes", each="all", grid="further", lists_not_run=True)


def write_table(given: TableInput) -> None:
    """Write the table of what the plan gives it."""
    write_datasets(given, SHOWN, NOTE, MAIN)
