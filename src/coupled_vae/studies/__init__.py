"""Studies beyond the grid of cells: two explanations, a comparison of solvers, and the scaling."""
