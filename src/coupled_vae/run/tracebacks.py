"""Another program's tracebacks, each told in one line and kept in a file."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from coupled_vae.runtime.errors import NO_MEMORY, OUT_OF_MEMORY

FIRST = "Traceback (most recent call last):"
KEPT = Path(".snakemake/traceback.txt")  # in the folder a run works in


def replaced(lines: Iterable[str], name: str) -> Iterator[str]:
    """The lines a program prints, where one line stands for each traceback.

    Args:
        lines: They end in a line break each.
        name: Name of the program.
    """
    traceback: list[str] = []
    for line in lines:
        if line.startswith(FIRST) or (traceback and (not line.strip() or line[0].isspace())):
            traceback.append(line)
        elif traceback:
            yield _told([*traceback, line], name)
            traceback.clear()
        else:
            yield line
    if traceback:
        yield _told(traceback, name)


def _told(traceback: list[str], name: str) -> str:
    with suppress(OSError):  # a folder that is read-only
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text("".join(traceback), encoding="utf-8")
    last = traceback[-1].strip()
    if last.startswith("MemoryError") or NO_MEMORY.search(last):
        return f"error: {OUT_OF_MEMORY}\n"
    return f"error: {name} stopped ({last}); where it did is in {KEPT}\n"
