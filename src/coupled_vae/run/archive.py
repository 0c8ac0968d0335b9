"""One archive of code, parameters, results and what made them: ``make archive``.

The archive is a zip file and a Workflow Run RO-Crate. It has the code of the present commit, the
results of the experiments, their records, and ``manifest-sha256.txt`` with the SHA-256 of each
file. Equal folders give equal archives, byte for byte. ``make restore`` reads it.
"""

import argparse
import hashlib
import io
import os
import stat
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from coupled_vae.plan import layout, provenance, targets
from coupled_vae.plan.provenance import Digests
from coupled_vae.plan.steps import Plan
from coupled_vae.plan.targets import Specifications, Step
from coupled_vae.run import ask, crate, guard, standing
from coupled_vae.run.crate import About, Member
from coupled_vae.runtime.errors import UserError, exit_status, one_line
from coupled_vae.runtime.files import replacing, write_text
from coupled_vae.runtime.project import use_checkout

MANIFEST = "manifest-sha256.txt"  # as `sha256sum --check` reads it
PATCH = "uncommitted.patch"
FOLDER = Path("archive")
DENSE = (".npz", ".pt", ".png")  # compressed already
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time of a zip's member, so that equal files are equal


def archive(target: Path | None, names: list[str], *, force: bool) -> Path:
    """Write the archive of the present folder; returns its path.

    Args:
        target: Where to write it; by default ``archive/coupled-vae-COMMIT.zip``.
        names: The experiments whose results are in it; all if empty.
        force: Whether incomplete results and files that are not committed are archived as well.

    Raises:
        UserError: The results are not what the parameters ask for, the folder has changes that
            are not committed, or the archive cannot be written.
    """
    guard.hold_lock()
    commit, date = _git("log", "-1", "--format=%H %cI").decode().split()
    changed = _git("status", "--porcelain", "--", ".").decode().splitlines()
    params = guard.checked_params(Path("params.yaml"))
    plan = Plan(params, guard.left_out(params))
    steps = _steps(plan, names)
    notes = [*_doubts(plan, steps, force=force), *_uncommitted(changed, force=force)]
    if plan.left_out:
        notes.append(f"Not run, for its files were missing: {', '.join(sorted(plan.left_out))}.")
    target = target or FOLDER / f"coupled-vae-{commit[:12]}.zip"
    about = About(commit, date, tuple(notes), {"snakemake": version("snakemake")})
    patch = _git("diff", "--binary", "HEAD", "--", ".") if changed else b""
    with replacing(target) as temporary:
        count = _write(temporary, about, Specifications(plan), steps, patch)
    digest = provenance.sha256(target)
    write_text(target.with_name(f"{target.name}.sha256"), f"{digest}  {target.name}\n")
    size = target.stat().st_size / 1e6
    print(f"{target}: {count} files, {size:.1f} MB, sha256 {digest}", *notes, sep="\n")
    return target


def _steps(plan: Plan, names: list[str]) -> list[Step]:
    known = targets.all_targets(plan)
    if unknown := [name for name in names if name not in known]:
        raise UserError(f"{unknown[0]!r} is no experiment; choices are {', '.join(known)}")
    return [step for name in names or known for step in known[name]]


def _doubts(plan: Plan, steps: list[Step], *, force: bool) -> Iterator[str]:
    """A note on results that are missing or stale.

    Raises:
        UserError: There are some, and it is not forced.
    """
    digests = Digests(guard.DIGESTS)
    found = [*standing.unmet(Specifications(plan), steps, digests)]
    digests.save()
    if not found:
        return
    job, reason = found[0]
    what = f"{len(found)} jobs are to be run, the first: {job.outputs()[0]}: {reason}"
    if not force:
        raise UserError(
            f"the results are incomplete or stale, {one_line(what)}; run make reproduce, say which "
            f"experiment (EXPERIMENT=paper), or archive them as they are ({ask.FORCE}=1)"
        )
    yield f"Incomplete or stale: {what}."


def _uncommitted(changed: list[str], *, force: bool) -> Iterator[str]:
    if not changed:
        return
    what = f"{len(changed)} files differ from the commit, the first: {changed[0][3:]}"
    if not force:
        raise UserError(
            f"{one_line(what)}; commit them, or archive them as they are ({ask.FORCE}=1)"
        )
    yield f"Not committed: {what}; {PATCH} has the changes of files that git knows."


def _write(
    path: Path, about: About, specifications: Specifications, steps: list[Step], patch: bytes
) -> int:
    """Write the zip file; returns how many files are in it."""
    code = dict(_code())
    results = {name: Path(name) for name in _results(steps)}
    members = dict[str, Member]()
    with zipfile.ZipFile(path, "w") as archive:

        def add(name: str, content: bytes, mode: int = 0o644) -> None:
            archive.writestr(_info(name, mode), content)
            members[name] = Member(hashlib.sha256(content).hexdigest(), len(content))

        for name in sorted({*code} | {*results}):
            if name in results:
                add(name, results[name].read_bytes())
            else:
                add(name, *code[name])
        if patch:
            add(PATCH, patch)
        records = {str(p): provenance.read(p) for p in standing.records(specifications, steps)}
        add(crate.METADATA, crate.text(crate.metadata(about, members, records)).encode())
        lines = "".join(f"{members[name].sha256}  {name}\n" for name in sorted(members))
        archive.writestr(_info(MANIFEST), lines.encode())
    return len(members) + 1


def _info(name: str, mode: int = 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, EPOCH)
    info.external_attr = (stat.S_IFREG | mode) << 16
    dense = Path(name).suffix in DENSE
    info.compress_type = zipfile.ZIP_STORED if dense else zipfile.ZIP_DEFLATED
    return info


def _code() -> Iterator[tuple[str, tuple[bytes, int]]]:
    """Content and permissions of each file that the commit has."""
    with tarfile.open(fileobj=io.BytesIO(_git("archive", "--format=tar", "HEAD"))) as files:
        for member in files:
            if file := files.extractfile(member):
                yield member.name, (file.read(), 0o755 if member.mode & 0o100 else 0o644)


def _results(steps: Iterable[Step]) -> list[str]:
    """The result files that exist, with the seconds that trainings took."""
    steps = [*steps]
    timings = (layout.TIMING.format(**wildcards) for step, wildcards in steps if step == "train")
    return [name for name in [*targets.files(steps), *timings] if Path(name).is_file()]


def _git(*words: str) -> bytes:
    """What git says.

    Raises:
        UserError: This is no git repository with a commit.
    """
    try:
        done = subprocess.run(["git", *words], capture_output=True)
    except FileNotFoundError:
        raise UserError("there is no git; an archive is of a commit, so install git") from None
    if done.returncode:
        said = one_line(done.stderr.decode(errors="replace").strip(), 200)
        raise UserError(f"git {words[0]} failed, and an archive is of a commit: {said}")
    return done.stdout


def main(argv: list[str]) -> int:
    """Write an archive, as the words of the command line say."""
    parser = argparse.ArgumentParser(prog="make archive", description=__doc__)
    parser.add_argument("--out", default="", help="the zip file to write")
    parser.add_argument("names", nargs="*", help="experiments; all if left out")
    args = parser.parse_args(argv)
    force = os.environ.get(ask.FORCE) == "1"

    def action() -> int:
        archive(Path(args.out) if args.out else None, args.names, force=force)
        return 0

    return exit_status(action)


if __name__ == "__main__":
    use_checkout()
    sys.exit(main(sys.argv[1:]))
