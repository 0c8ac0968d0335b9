"""Take results from elsewhere instead of training: ``make restore FROM=...``.

FROM is a folder of results or a clone, an archive of ``make archive``, its address, or a DVC
remote. Every checksum is checked before the first file is put in place, and all files are put in
place or none. Only what the present parameters and code ask for is taken: each file's record says
what made it. Code and parameters stay as they are.
"""

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from coupled_vae.plan import layout, provenance
from coupled_vae.plan.provenance import Digests
from coupled_vae.plan.steps import Plan
from coupled_vae.plan.targets import Specifications, all_targets
from coupled_vae.run import guard, place, sources, standing, surroundings
from coupled_vae.run.found import RESULTS, Found, found_in
from coupled_vae.runtime.errors import UserError, exit_status, one_line
from coupled_vae.runtime.project import use_checkout

SCRATCH = "restore-"  # how the folder below .snakemake begins in which results are checked


def restore(source: str) -> int:
    """Restore the results of a source into the present folder; the exit status.

    Raises:
        UserError: There is no source, it is damaged, or has nothing that is asked for. Nothing
            was changed then.
    """
    surroundings.prepare(Path.cwd())
    guard.hold_lock()
    for left in guard.STATE.glob(f"{SCRATCH}*"):  # by one that was killed
        shutil.rmtree(left, ignore_errors=True)
    params = guard.checked_params(Path("params.yaml"))
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=guard.STATE) as name:
        scratch, staged, backup = (Path(name) / part for part in ("source", "staged", "backup"))
        for folder in (scratch, staged, backup):
            folder.mkdir()
        root = sources.folder_of(source, scratch)
        missing = [one for one in guard.left_out(params) if not _has(root, one)]
        specifications = Specifications(Plan(params, missing))
        found = found_in(root, specifications)
        if not found.wanted:
            raise UserError(
                f"FROM={one_line(source)!r}: none of its {found.others} files is what params.yaml "
                "and the code ask for; restore in a checkout of the commit that it is of"
            )
        digests = Digests(guard.DIGESTS)
        changed = [name for name, sum_ in found.wanted.items() if digests.of(name) != sum_]
        replaced = sum(Path(name).exists() for name in changed)
        if root == scratch and not (root / RESULTS).is_symlink():
            files = {Path(name): root / name for name in changed}
        else:
            files = _staged(root, staged, changed, found.wanted)
        place.put(files, backup)
    _say(found, len(changed), replaced)
    _what_is_left(specifications, digests)
    return 0


def _has(root: Path, dataset: str) -> bool:
    return (root / layout.DATA.format(dataset=dataset)).is_file()


def _staged(root: Path, staged: Path, names: list[str], sums: dict[str, str]) -> dict[Path, Path]:
    """Copies of the files to restore, on the disk of the project; of each place its copy.

    Raises:
        UserError: The disk is full, or a file changes meanwhile.
    """
    files = dict[Path, Path]()
    for name in names:
        copy = staged / name
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, copy)
        except OSError as error:
            reason = error.strerror or str(error)
            raise UserError(f"{name}: cannot be copied: {reason}; nothing was changed") from None
        if provenance.sha256(copy) != sums[name]:
            raise UserError(f"{name}: changed while it was read; nothing was changed")
        files[Path(name)] = copy
    return files


def _say(found: Found, changed: int, replaced: int) -> None:
    same = len(found.wanted) - changed
    counts = [f"{changed - replaced} files restored", f"{replaced} replaced", f"{same} as before"]
    if found.others:
        counts.append(f"{found.others} left out, of other parameters or code")
    print(", ".join(counts))


def _what_is_left(specifications: Specifications, digests: Digests) -> None:
    """Print how many jobs are still to be run, by target; remember the digests for the next run."""
    left = {
        name: sum(1 for _ in standing.unmet(specifications, steps, digests))
        for name, steps in all_targets(specifications.plan).items()
        if name not in ("data", "train", "evaluate", "studies", "grids")
    }
    digests.save()
    jobs = ", ".join(f"{name} {count}" for name, count in left.items() if count)
    print(f"jobs that are still to be run: {jobs}" if jobs else "nothing is left to be run")


def main(argv: list[str]) -> int:
    """Restore, as the words of the command line say."""
    parser = argparse.ArgumentParser(prog="make restore", description=__doc__)
    parser.add_argument("source", nargs="?", default="", help="folder, archive, address or remote")
    source = parser.parse_args(argv).source
    for number in (signal.SIGTERM, signal.SIGHUP):  # like Ctrl-C, for all is then put back
        signal.signal(number, signal.default_int_handler)
    return exit_status(lambda: restore(source))


if __name__ == "__main__":
    use_checkout()
    sys.exit(main(sys.argv[1:]))
