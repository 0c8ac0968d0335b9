"""Reproduction pipeline of the paper *Coupled Variational Autoencoder* (C-VAE)."""
