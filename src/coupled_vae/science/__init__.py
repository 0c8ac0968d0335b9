"""The mathematics: priors, likelihoods, networks, transport, models. No file access."""
