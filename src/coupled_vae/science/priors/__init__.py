"""Priors p(z), one file per kind."""
