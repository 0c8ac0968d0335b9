"""`make torture` in small: it counts right, notices a broken promise, and fills its page."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from small import TOP

sys.path.insert(0, str(TOP / "benchmarks/torture"))

import artifacts
import fuzzed
import keys
from kills import finished_files
from place import Ended, Place, states
from tally import Tally

from coupled_vae.reporting import reliability
from coupled_vae.runtime.errors import UserError

PARAMS = (TOP / "params.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Counts of a small run of two kinds, through the command."""
    out = tmp_path_factory.mktemp("torture") / "counts.json"
    command = [sys.executable, str(TOP / "benchmarks/torture"), "--small", "--out", str(out)]
    command += ["--seed", "1", "--only", "fuzz", "artifacts"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text())


def test_all_is_survived_and_counted(small):
    fuzz, damage = small["kinds"]
    assert (fuzz["tried"], fuzz["survived"], fuzz["tracebacks"]) == (20, 20, 0)
    assert fuzz["counts"]["refused"] >= 10
    assert (damage["tried"], damage["survived"], damage["tracebacks"]) == (6, 6, 0)
    assert damage["faults"] == []


def test_the_page_shows_the_counts(small, tmp_path):
    small["kinds"][0] |= {"survived": 19, "faults": ["file 3: a `b` c"], "left_out": ["a disk"]}
    (tmp_path / "counts.json").write_text(json.dumps(small))
    text = reliability.table(tmp_path / "counts.json")
    row = next(line for line in text.splitlines() if line.startswith("| fuzzed"))
    assert [cell.strip() for cell in row.split("|")][2:5] == ["20", "19", "0"]
    assert "- fuzzed parameter files, broken: `file 3: a  b  c`" in text
    assert "- fuzzed parameter files, not tried here: a disk" in text
    with pytest.raises(UserError):
        reliability.table(tmp_path / "none.json")


def test_a_broken_promise_and_a_traceback_are_no_survival():
    tally = Tally("x", "y")
    tally.add("")
    tally.add("other bytes")
    tally.add("", traceback=True)
    assert (tally.tried, tally.survived, tally.tracebacks) == (3, 1, 1)
    assert tally.faults == ["other bytes", "a traceback was printed"]


def test_what_is_no_plain_failure():
    assert Ended(0, "").one_line == ""
    assert Ended(1, "error: full\n").one_line == ""
    assert Ended(1, "Killed\n").one_line
    assert Ended(1, "Traceback (most recent call last):\n").traceback
    assert fuzzed.unclear("a\nb")
    assert fuzzed.unclear("a" * 2000)
    assert fuzzed.unclear("params.yaml: a.b 3: is odd") == ""


def test_a_reader_that_raises_is_a_traceback(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzzed, "load", lambda _: {}["a"])
    fault, outcome, traceback = fuzzed.loaded(tmp_path)
    assert (outcome, traceback) == ("raised", True)
    assert fault.startswith("KeyError")


def test_one_byte_of_difference_is_found(tmp_path):
    place = Place.__new__(Place)
    (tmp_path / "results/timings").mkdir(parents=True)
    (tmp_path / "results/a.csv").write_text("a\n1\n")
    place.good = place.results(tmp_path)
    (tmp_path / "results/timings/x.json").write_text("measured anew by each run")
    assert place.difference(tmp_path) == ""
    before = states(tmp_path)
    (tmp_path / "results/b.csv").write_text("")
    assert place.difference(tmp_path) == "results/b.csv is new"
    (tmp_path / "results/a.csv").write_text("a\n2\n")
    assert place.difference(tmp_path) == "results/a.csv has other bytes"
    (tmp_path / "results/a.csv").unlink()
    assert place.difference(tmp_path) == "results/a.csv is missing"
    assert {*before} == {"results/a.csv"}
    assert finished_files(tmp_path) == []


def test_same_seed_same_trials():
    tree = yaml.safe_load(PARAMS)
    made = [fuzzed.mutated(PARAMS, tree, random.Random(seed)) for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]
    assert tree == yaml.safe_load(PARAMS)
    harm = [artifacts.damaged(b"abcdefgh" * 9, [b"x"], random.Random(seed)) for seed in (1, 1)]
    assert harm[0] == harm[1]


def test_one_key_is_changed(tmp_path: Path):
    file = tmp_path / "params.yaml"
    for seed in range(5):
        file.write_text(PARAMS)
        before = yaml.safe_load(PARAMS)
        key = keys.changed(file, random.Random(seed))
        after = yaml.safe_load(file.read_text())
        assert before != after
        section = key.split(".")[0]
        assert {name for name in before if before[name] != after[name]} == {section}
