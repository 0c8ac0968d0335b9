"""Experiments past a grid of cells: the two explanations, the solvers compared, the scaling."""
