"""What is done with one cell: train, draw, evaluate; and with many, collect."""
