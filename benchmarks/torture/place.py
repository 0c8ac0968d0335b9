"""A small tree in which the pipeline runs, and its results at any moment."""

import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "src"), str(TOP / "tests/support")]

from workflow_tree import environment, small_tree  # type: ignore[import-not-found]  # noqa: E402

RECORD = ".provenance.json"
# Measured anew by every run, so no part of what must be equal.
MEASURED = ("results/timings/", "results/checkpoints/")
SECONDS = 900  # after which a run counts as hanging


@dataclass(frozen=True)
class Ended:
    """A run that has ended: its exit status and all that it said."""

    status: int
    said: str

    @property
    def traceback(self) -> bool:
        """Whether a traceback was printed."""
        return "Traceback (most recent call last)" in self.said

    @property
    def one_line(self) -> str:
        """What speaks against a failure told in plain lines; empty if nothing does."""
        if self.status == 0:
            return ""
        told = [x for x in self.said.splitlines() if x.startswith(("error: ", "failed: "))]
        return "" if told else f"status {self.status} without a line that says why"


class Place:
    """A tree with few cells, and a finished run of it to compare with.

    Args:
        folder: Where it is made.
        target: What runs make.
    """

    def __init__(self, folder: Path, target: str) -> None:
        self.folder, self.target = folder, target
        self.tree = small_tree(folder / "finished")
        params = self.tree.params()
        experiments = params["experiments"]
        experiments["paper"] |= {"datasets": ["mog"], "models": ["vae", "wae"]}
        experiments |= {"explanations": None, "scaling": None, "grids": {}, "studies": {}}
        self.tree.set_params(params)
        start = time.monotonic()
        ended = self.run(self.tree.path)
        self.seconds = time.monotonic() - start
        if ended.status:
            sys.exit(f"error: the run without any trouble fails: {ended.said[-2000:]}")
        self.good = self.results(self.tree.path)
        self.good_params = (self.tree.path / "params.yaml").read_bytes()

    def copy(self, name: str) -> Path:
        """A copy of the finished tree."""
        target = self.folder / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.tree.path, target, symlinks=True)
        return target

    def empty(self, name: str) -> Path:
        """A copy without results, as after a clone."""
        target = self.copy(name)
        shutil.rmtree(target / "results")
        for entry in (target / ".snakemake").iterdir():
            if entry.name != "params-checked":  # which costs seconds
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        return target

    def command(self, *options: str, target: str = "") -> list[str]:
        """The front door's, for another target or for that of the place."""
        return [sys.executable, "-m", "coupled_vae.run", target or self.target, *options]

    @staticmethod
    def environment(**more: str) -> dict[str, str]:
        """That of a run: offline, on the CPU, without settings of the caller's."""
        return dict(environment(**more))

    def run(
        self,
        path: Path,
        *options: str,
        target: str = "",
        limit: Callable[[], None] | None = None,
        env: dict[str, str] | None = None,
    ) -> Ended:
        """Run the front door in a tree to its end.

        Args:
            path: The tree.
            options: Further words of the command.
            target: What to make, if not the target of the place.
            limit: Is called in the new process, as to lower one of its limits.
            env: Further environment variables.
        """
        try:
            done = subprocess.run(
                self.command(*options, target=target),
                cwd=path,
                env=self.environment(**env or {}),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                preexec_fn=limit,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            return Ended(124, f"it did not end in {SECONDS} seconds")
        return Ended(done.returncode, done.stdout)

    @staticmethod
    def results(path: Path) -> dict[str, bytes]:
        """Content of all results, by their paths."""
        found = {str(p.relative_to(path)): p for p in (path / "results").rglob("*") if p.is_file()}
        return {
            name: file.read_bytes()
            for name, file in sorted(found.items())
            if not name.startswith(MEASURED)
        }

    def differences(self, path: Path) -> dict[str, str]:
        """Results that differ from those of the run without trouble, each with a line on how."""
        found, lines = self.results(path), {}
        for name in sorted({*found} | {*self.good}):
            if found.get(name) != self.good.get(name):
                known = "is missing" if name not in found else "has other bytes"
                lines[name] = f"{name} {known if name in self.good else 'is new'}"
        return lines

    def difference(self, path: Path) -> str:
        """The first difference; empty if all is equal byte for byte."""
        return next(iter(self.differences(path).values()), "")

    @staticmethod
    def failure(ended: Ended) -> str:
        """That a run failed, with its last line; empty if it did not."""
        last = (ended.said.strip().splitlines() or ["nothing was said"])[-1]
        return f"the run after it fails: {last[:200]}" if ended.status else ""

    def fault_after(self, path: Path) -> tuple[str, Ended]:
        """Run to the end; what then differs from the run without trouble, and the run."""
        ended = self.run(path)
        return self.failure(ended) or self.difference(path), ended


def states(path: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of every result: a file that was written anew has others."""
    found = {}
    for file in (path / "results").rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            name = str(file.relative_to(path))
            if file.is_file() and not name.startswith(MEASURED):
                stat = file.stat()
                found[name] = stat.st_ino, stat.st_mtime_ns
    return found
