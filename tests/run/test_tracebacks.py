"""A traceback of Snakemake's is one line, and is kept where the line says."""

import pytest

from coupled_vae.run import tracebacks

TRACEBACK = [
    "Traceback (most recent call last):\n",
    "\n",
    '  File "a.py", line 1, in f\n',
    "    g()\n",
    "\n",
]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("after", [[], ["one more line\n"]])
def test_a_traceback_is_one_line_and_is_kept(after):
    lines = ["before\n", *TRACEBACK, "KeyError: 'x'\n", *after]
    told = list(tracebacks.replaced(lines, "Snakemake"))
    line = f"error: Snakemake stopped (KeyError: 'x'); where it did is in {tracebacks.KEPT}\n"
    assert told == ["before\n", line, *after]
    assert tracebacks.KEPT.read_text() == "".join([*TRACEBACK, "KeyError: 'x'\n"])


@pytest.mark.parametrize("last", ["MemoryError\n", "RuntimeError: can't start new thread\n"])
def test_too_little_memory_is_told_as_everywhere(last):
    (line,) = tracebacks.replaced([*TRACEBACK, last], "Snakemake")
    assert line.startswith("error: out of memory; ")


def test_two_tracebacks_and_one_that_breaks_off_are_a_line_each():
    lines = [*TRACEBACK, "ValueError: a\n", *TRACEBACK, "OSError: b\n", *TRACEBACK]
    told = list(tracebacks.replaced(lines, "Snakemake"))
    assert [line.startswith("error: Snakemake stopped (") for line in told] == [True] * 3


def test_lines_without_a_traceback_pass_unchanged():
    lines = ["  indented\n", "\n", "error: x\n"]
    assert list(tracebacks.replaced(lines, "Snakemake")) == lines
