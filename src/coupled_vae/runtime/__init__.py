"""Errors, files, progress, machine settings. Every other package may import it; it imports none."""
