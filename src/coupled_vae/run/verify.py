"""Compare the results of this folder with a reference: ``make verify``, ``make verify FROM=...``.

The reference is what git has at ``HEAD``, another commit, or a folder. Every artifact of the
reference gets a line, and all of them one verdict. The exit status is 0 if all are equal or within
the tolerances, which ``coupled_vae.reporting.agreement`` states.
"""

import argparse
import contextlib
import io
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from coupled_vae.runtime.errors import UserError, exit_status, one_line
from coupled_vae.runtime.project import use_checkout

RESULTS = Path("results")
NOT_COMPARED = {
    "data",
    "runs",
    "evaluations",
    "checkpoints",
    "timings",
}  # folders: large, no report
KINDS = {".md": "table", ".tex": "table", **dict.fromkeys((".png", ".svg", ".pdf"), "figure")}
RECORDS = (".json", ".yaml")
FAILED = ("beyond", "missing")
ELSEWHERE = "equal bits are expected on the same kind of CPU only"


def artifacts(root: Path) -> list[Path]:
    """Frames, tables, figures and records below a folder of results, relative to it."""
    found = (file.relative_to(root) for file in sorted(root.rglob("*")) if file.is_file())
    return [
        file
        for file in found
        if kind(file) and not NOT_COMPARED & {*file.parts} and not file.name.startswith(".")
    ]


def kind(file: Path) -> str:
    """What an artifact is, by its place and suffix; empty if it is none."""
    if file.suffix == ".csv":
        return "table" if file.parent.name in ("tables", "report") else "frame"
    return "record" if file.suffix in RECORDS else KINDS.get(file.suffix, "")


def verify(results: Path, reference: Path) -> int:
    """Print a line for every artifact of the reference, and the verdict.

    Returns:
        0 if all are equal or within the tolerances, else 1.

    Raises:
        UserError: There is nothing to compare.
    """
    from coupled_vae.reporting.agreement import agree  # pandas: after the cheap errors

    names = artifacts(reference)
    if not names:
        raise UserError("the reference has no results; say where they are: make verify FROM=FOLDER")
    if not results.is_dir():
        raise UserError(f"there is no folder {results} here; run make reproduce")
    states = Counter[str]()
    for name in names:
        state, why = "missing", ""
        if (results / name).exists():
            found = agree(results / name, reference / name)
            state, why = found.state, found.why
        states[state] += 1
        print(f"{state:8}{kind(name):7} {results / name}{f': {why}' if why else ''}")
    print(_verdict(states, len({*artifacts(results)} - {*names})))
    return int(any(states[state] for state in FAILED))


def _verdict(states: Counter[str], new: int) -> str:
    if not states - Counter(equal=states["equal"]):
        word = "equal: every artifact has the reference's bits"
    elif any(states[state] for state in FAILED):
        word = "different"
    else:
        word = f"within the tolerances; {ELSEWHERE}"
    order = ("equal", "within", "form", "beyond", "missing")
    counts = [f"{states[state]} {state}" for state in order if states[state]]
    counts += [f"{new} not in the reference"] if new else []
    return f"verdict: {word} ({', '.join(counts)})"


@contextlib.contextmanager
def reference_of(name: str) -> Iterator[Path]:
    """The folder of results that a name stands for: a folder, or a commit of this repository.

    Raises:
        UserError: It is neither.
    """
    folder = Path(name)
    if folder.is_dir():
        yield folder / RESULTS if (folder / RESULTS).is_dir() else folder
        return
    with tempfile.TemporaryDirectory() as unpacked:
        with tarfile.open(fileobj=io.BytesIO(_archive(name))) as archive:
            archive.extractall(unpacked, filter="data")
        yield Path(unpacked)


def _archive(commit: str) -> bytes:
    """The results of a commit, as a tar archive."""
    where = f"FROM={one_line(commit)!r} is no folder"
    try:
        tree = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}:./{RESULTS}"]
        found = _git(*tree)
        # Of the repository's top, since git would archive the part below the present folder.
        top = _git("rev-parse", "--show-toplevel")
    except FileNotFoundError:
        raise UserError(f"{where}, and there is no git here; give a folder: FROM=FOLDER") from None
    if top.returncode:
        raise UserError(f"{where}, and this is no git repository; give a folder: FROM=FOLDER")
    if found.returncode:
        raise UserError(f"{where} and no commit with {RESULTS}; give one, or FROM=FOLDER")
    done = _git("-C", top.stdout.decode().strip(), "archive", found.stdout.decode().strip())
    if done.returncode:
        raise UserError(
            f"{where}, and git cannot read it: {one_line(done.stderr.decode().strip())}"
        )
    return done.stdout


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *words], capture_output=True)


def main(argv: list[str]) -> int:
    """Compare, as the words of the command line say."""
    parser = argparse.ArgumentParser(prog="make verify", description=__doc__)
    parser.add_argument("reference", nargs="?", default="HEAD", help="a folder, or a commit")

    def action() -> int:
        with reference_of(parser.parse_args(argv).reference or "HEAD") as reference:
            return verify(RESULTS, reference)

    return exit_status(action)


if __name__ == "__main__":
    use_checkout()
    sys.exit(main(sys.argv[1:]))
