"""The folder of results of each experiment, relative to the folder that a run works in."""

PAPER, SEARCH = "results", "results/search"
EXPLANATIONS, SCALING = "results/explanations", "results/scaling"
STUDIES, GRIDS = "results/studies/", "results/grids/"
