"""How large the contests are."""

from dataclasses import dataclass
from pathlib import Path

from speed.race import Effort


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the command line asks for.

    Attributes:
        small: Whether sizes are tiny and each side is timed once, as tests want it.
        long: Whether cases that take many minutes are measured as well.
        trained: Folders of runs of the C-VAE, ``results/runs/<dataset>/cvae/<seed>``, whose
            transport problems are solved.
    """

    small: bool = False
    long: bool = False
    trained: tuple[Path, ...] = ()

    def pick(self, full: int, small: int) -> int:
        """A size."""
        return small if self.small else full

    def effort(self, rounds: int, budget: float, repeats: int = 1) -> Effort:
        """How often and for how many seconds each side of a case runs."""
        return (
            Effort(rounds=1)
            if self.small
            else Effort(rounds=rounds, budget=budget, repeats=repeats)
        )
