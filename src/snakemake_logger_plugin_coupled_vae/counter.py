"""How far a run is: jobs done of one kind, and the time left of all."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from coupled_vae.runtime.progress import QUIET_SECONDS, clock

DATA = "making data, {} of {} files"
REPORT = "tables and figures, {} of {} files"
# What is shown of the jobs of a rule; rules with one text are counted together.
LABELS = {
    "make_data": DATA,
    "make_held_out": DATA,
    "train_cell": "training {} of {} cells",
    "draw_cell": "drawing {} of {} cells",
    "evaluate_cell": "measuring {} of {} cells",
    "chunk": "computing {} of {} chunks of cells",
    "explain": "explaining {} of {} cells",
    "measure_scaling": "scaling, {} of {} measurements",
    "collect": REPORT,
    "table": REPORT,
    "figure": REPORT,
    "page": REPORT,
    "report_paper": REPORT,
    "numbers": REPORT,
    "study": REPORT,
    "report_explanations": REPORT,
    "report_scaling": REPORT,
}


@dataclass
class Progress:
    """Jobs of a run that wait, run and are done; all times are in seconds since a fixed moment."""

    total: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    running: dict[int, tuple[str, float]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    at_once: int = 1
    shown: float = 0.0

    def expect(self, jobs: Mapping[str, int]) -> None:
        """Set the number of jobs of each rule."""
        self.total = Counter(jobs)

    def start(self, number: int, rule: str, now: float) -> None:
        """A job was started."""
        self.running[number] = rule, now
        self.at_once = max(self.at_once, len(self.running))

    def fail(self, number: int) -> None:
        """A job no longer runs and is not done."""
        self.running.pop(number, None)

    def finish(self, number: int, now: float) -> str:
        """A job is done; returns the line to show, if one is due."""
        rule, since = self.running.pop(number, ("", now))
        if not rule:
            return ""
        self.done[rule] += 1
        self.seconds.setdefault(rule, []).append(now - since)
        return self._line(rule, now)

    def _line(self, rule: str, now: float) -> str:
        if rule not in LABELS:  # a target, which does nothing
            return ""
        alike = [other for other, label in LABELS.items() if label == LABELS[rule]]
        done = sum(self.done[other] for other in alike)
        total = sum(self.total[other] for other in alike)
        if done < total and now - self.shown < QUIET_SECONDS:
            return ""
        self.shown = now
        return LABELS[rule].format(done, total) + self._time_left(now)

    def _time_left(self, now: float) -> str:
        """Of all jobs whose rule has been timed, at its mean; silent while another one runs."""
        if not self.running or any(rule not in self.seconds for rule, _ in self.running.values()):
            return ""
        left = sum(
            (self.total[rule] - self.done[rule]) * sum(times) / len(times)
            for rule, times in self.seconds.items()
        )
        left -= sum(now - since for _, since in self.running.values())
        return f", about {clock(max(0.0, left) / self.at_once)} left"
