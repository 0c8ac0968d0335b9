"""The contests: each module has ``rows(settings)``, which measures, in the order of the page."""

NAMES = (
    "fixed_rounds",
    "to_tolerance",
    "training_steps",
    "distances",
    "manifolds",
    "no_op",
    "trained_cell",
)
