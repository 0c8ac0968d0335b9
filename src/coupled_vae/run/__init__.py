"""The front door: one run at a time, through Snakemake and DVC, and what it tells."""
