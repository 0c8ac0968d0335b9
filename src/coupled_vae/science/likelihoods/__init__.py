"""Likelihoods p(x|z), one file per kind."""
