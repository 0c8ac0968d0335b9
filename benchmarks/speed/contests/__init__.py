"""The contests: each module has ``rows(settings)``, which measures."""
