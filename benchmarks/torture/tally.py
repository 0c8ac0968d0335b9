"""What was tried of one kind of trouble, and what came of it."""

from dataclasses import asdict, dataclass, field
from typing import Any

EXAMPLES = 5  # faults that are kept of a kind


@dataclass
class Tally:
    """Counts of one kind of trouble.

    Args:
        name: The kind, as the page names it.
        promise: What is counted as survived.
        tried: How often it was tried.
        survived: How often the promise was kept.
        tracebacks: How often a traceback was printed or raised.
        counts: Further counts, by what they count.
        faults: Examples of trials in which the promise was broken, a line each.
        left_out: What could not be tried on this machine, and why, a line each.
    """

    name: str
    promise: str
    tried: int = 0
    survived: int = 0
    tracebacks: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def add(self, fault: str, *, traceback: bool = False) -> None:
        """Note one trial; an empty fault says that the promise was kept."""
        self.tried += 1
        self.tracebacks += traceback
        if not fault and not traceback:
            self.survived += 1
        elif len(self.faults) < EXAMPLES:
            self.faults.append(fault or "a traceback was printed")

    def count(self, what: str, number: int = 1) -> None:
        """Add to a further count."""
        self.counts[what] = self.counts.get(what, 0) + number

    def tree(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)
