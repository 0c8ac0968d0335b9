"""The folder of results of each experiment, relative to the folder that a run works in."""

from typing import Literal

PAPER = "results"
EXPLANATIONS, SCALING = "results/explanations", "results/scaling"
STUDIES, GRIDS = "results/studies/", "results/grids/"

# The rounds of the search, and its winners with the reported seeds; each is a target.
Phase = Literal["trials", "finals", "chosen"]
PHASES: dict[Phase, str] = {
    "trials": "results/search/trials",
    "finals": "results/search/finals",
    "chosen": "results/search/chosen",
}
TRIALS, FINALS, CHOSEN = PHASES.values()
