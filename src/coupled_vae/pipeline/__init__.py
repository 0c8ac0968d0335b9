"""The steps of one cell: train, draw, evaluate; and of many cells: collect."""
