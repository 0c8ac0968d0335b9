"""The mathematics: priors, likelihoods, networks, transport, models. Knows no file of a run."""
