"""Results with random damage."""

import contextlib
import random
from pathlib import Path

from fuzzed import unclear
from place import RECORD, Place
from tally import Tally

from coupled_vae.data import dataset
from coupled_vae.pipeline.cell import Cell
from coupled_vae.pipeline.weights import build, load_weights
from coupled_vae.plan import provenance
from coupled_vae.plan.jobs.cells import TrainJob
from coupled_vae.runtime import files
from coupled_vae.runtime.errors import UserError

PROMISE = "what reads it says so in one line, and the next run makes it anew with the same bytes"
AT_ONCE = 20  # artifacts that are damaged before one run


def artifacts(place: Place, rng: random.Random, count: int) -> Tally:
    """Damage artifacts; read each, then run once for some of them together."""
    tally = Tally("damaged artifacts", PROMISE)
    while tally.tried < count:
        path = place.copy("damaged")
        number = min(AT_ONCE, count - tally.tried, len(place.good))
        names = rng.sample([*place.good], number)
        read_as = {name: _tried(place, path, name, rng, tally) for name in names}
        ended = place.run(path)
        tally.count("runs that made them anew")
        left = place.differences(path)
        others = [line for name, line in left.items() if name not in names]
        for name, (fault, raised) in read_as.items():
            fault = fault or place.failure(ended) or left.get(name, "") or "".join(others[:1])
            tally.add(fault and f"{name}: {fault}", traceback=raised or ended.traceback)
    return tally


def _tried(
    place: Place, path: Path, name: str, rng: random.Random, tally: Tally
) -> tuple[str, bool]:
    """Damage one artifact and read it; what is wrong, and whether there was a traceback."""
    good = place.good[name]
    others = [own for other, own in place.good.items() if Path(other).suffix == Path(name).suffix]
    content = damaged(good, others, rng)
    (path / name).write_bytes(content)
    kind = "json record" if name.endswith(RECORD) else Path(name).suffix.lstrip(".")
    tally.count(kind)
    with contextlib.chdir(path):
        try:
            read(Path(name))
        except UserError as error:
            tally.count("refused by their reader")
            return unclear(str(error)), False
        except Exception as error:  # whatever it is, it would be a traceback
            return f"{type(error).__name__}: {error}"[:300], True
    # Whether that is a fault is seen after the run, by the bytes.
    tally.count("read, since unharmed" if content == good else "read, and left to the run")
    return "", False


def read(path: Path) -> None:
    """Read an artifact as its reader does, which first holds it against its record.

    Raises:
        UserError: It is damaged.
    """
    if path.name.endswith(RECORD):
        record = provenance.read(path)
        if reason := provenance.doubt(path, record, provenance.Digests(Path("no-memory"))):
            raise UserError(f"{path}: {reason}")
        return
    with contextlib.suppress(UserError):  # must be no traceback, whether or not it is noticed here
        _content(path)
    if provenance.find(path) is None:
        raise UserError(f"{path}: nothing beside it says what made it")
    provenance.checked(path, path)


def _content(path: Path) -> None:
    """Read an artifact's content alone, as code does that gets past its record."""
    if path.suffix == ".npz" and "data" in path.parts:
        dataset.load(path)
    elif path.suffix == ".npz":
        files.read_arrays(path)
    elif path.suffix == ".json":
        files.read_json(path)
    elif path.suffix == ".pt":
        _weights(path)
    else:
        files.read_text(path)


def _weights(path: Path) -> None:
    record = provenance.read(path.with_name("weights" + RECORD))
    job = TrainJob.parse(record.text())
    cell: Cell = job.of()
    load_weights(path, build(cell, job.spec, dataset.load(job.data)), cell)


def damaged(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Other bytes than those of an artifact, or very seldom the same ones."""
    kind, size = rng.randrange(8), rng.randint(1, 200)
    at = rng.randrange(max(1, len(content)))
    if kind < 3:
        flipped = bytearray(content)
        for _ in range(kind + 1):
            flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        return bytes(flipped)
    return {
        3: content[:at],
        4: content[:at] + content[at + size :],
        5: content[:at] + bytes(size) + content[at + size :],
        6: rng.choice(others),
        7: rng.choice([b"", b"\0" * 100, b"{}", b"null", b"PK\x03\x04", content + content]),
    }[kind]
