"""Encoders and decoders, one file per kind."""
