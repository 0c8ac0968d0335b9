"""The race: who is timed, against whom, and what a row says."""

import math

import pytest
from speed import race
from speed.child import Apart, compete_apart, measure
from speed.contests import distances
from speed.race import OUTSIDE, Check, Effort, Side, compete, quartiles

from coupled_vae.reporting.performance import Row


class Clock:
    """A clock that only the sides' runs move, so that no test depends on the machine."""

    now = 0.0

    @classmethod
    def perf_counter(cls):
        return cls.now


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(Clock, "now", 0.0)
    monkeypatch.setattr(race, "time", Clock)


def side(name, value, pause=1.0, **more):
    def run():
        Clock.now += pause
        return value

    return Side(name=name, build=lambda: run, **more)


def near(one, other):
    return Check("difference", abs(one - other), 0.1)


def test_ratios_are_to_the_first_side():
    sides = [side("ours", 1.0, 0.25), side("peer", 1.05, 1.0, check=near)]
    ours, peer = compete("contest", "case", sides, Effort(rounds=3))
    assert (ours.side, peer.side, ours.rounds, peer.rounds) == ("ours", "peer", 3, 3)
    assert math.isnan(ours.ratio)
    assert (ours.seconds, peer.seconds) == (0.25, 1.0)
    assert (peer.ratio_low, peer.ratio, peer.ratio_high) == (4, 4, 4)
    assert peer.check == "difference 0.05, at most 0.1"


@pytest.mark.parametrize("value", [1.2, math.nan])
def test_who_computes_something_else_is_not_timed(value):
    sides = [side("ours", 1.0), side("peer", value, check=near)]
    peer = compete("contest", "case", sides, Effort(rounds=3))[1]
    assert peer.note == OUTSIDE
    assert math.isnan(peer.seconds)
    assert math.isnan(peer.ratio)


def test_a_missing_package_is_named_and_the_others_are_measured():
    lacking = side("peer", 1.0, packages=("no_such_package", "os"), check=near)
    rows = compete("c", "case", [side("ours", 1.0), lacking, side("more", 1.0)], Effort(rounds=1))
    assert rows[1].note == "not measured: no_such_package is not installed"
    assert [math.isnan(row.seconds) for row in rows] == [False, True, False]


def broken():
    raise ValueError("no such option\nand more")


def test_a_peer_that_fails_is_one_row_and_ours_is_an_error():
    peer = Side(name="peer", build=lambda: broken)
    rows = compete("c", "case", [side("ours", 1.0), peer, side("more", 1.0)], Effort(rounds=1))
    assert rows[1].note == "not measured: it failed, ValueError: no such option"
    assert [math.isnan(row.seconds) for row in rows] == [False, True, False]
    with pytest.raises(ValueError, match="no such option"):
        compete("c", "case", [peer], Effort(rounds=1))


def test_a_side_may_say_why_it_does_not_take_part():
    refusing = Side(name="peer", build=lambda: "it is too slow")
    row = compete("c", "case", [side("ours", 1.0), refusing], Effort(rounds=1))[1]
    assert row.note == "not measured: it is too slow"


def test_past_its_budget_a_side_runs_once():
    sides = [side("ours", 1.0, 0.5), side("slow", 1.0, 8, check=near)]
    ours, slow = compete("c", "case", sides, Effort(rounds=4, budget=3))
    assert (ours.rounds, slow.rounds) == (4, 1)
    assert slow.ratio == 16


def test_repeats_are_divided_out():
    row = compete("c", "case", [side("ours", 1.0, 0.5)], Effort(rounds=1, repeats=4))[0]
    assert row.seconds == 0.5


def test_quartiles_leave_out_what_was_not_run():
    assert quartiles([math.nan, 1, 2, 3, math.nan]) == (1.5, 2, 2.5)
    assert all(math.isnan(value) for value in quartiles([math.nan]))


def test_another_process_computes_the_same_and_says_its_memory():
    here, apart = distances.our_mmd(300)(), measure(distances.our_mmd, {"n": 300})
    assert apart.result == here
    assert apart.seconds > 0


def test_memory_is_that_of_the_run():
    found = measure(distances.sklearn_mmd, {"n": 2000})
    assert 30 <= found.memory_mb <= 600  # a kernel matrix of 2000 x 2000 in float64 takes 32 MB


def test_a_process_that_fails_says_why():
    with pytest.raises(RuntimeError, match="our_mmd failed: "):
        measure(distances.our_mmd, {"n": 10, "no_such": 1})


def test_sides_in_other_processes_are_compared_too():
    sides = [
        Apart(name="ours", prepare=_one),
        Apart(name="same", prepare=_one),
        Apart(name="other", prepare=_two),
        Apart(name="lacking", prepare=_one, packages=("no_such_package",)),
        Apart(name="large", prepare=_one, refusal="it would take 9 GB"),
        Apart(name="broken", prepare=_broken),
    ]
    row = Row(contest="c", case="case", side="")
    found = compete_apart(row, sides, {"n": 1}, lambda a, b: near(a[0], b[0]), 2, here=True)
    notes = {row.side: row.note for row in found}
    assert notes == {
        "ours": "",
        "same": "",
        "other": OUTSIDE,
        "lacking": "not measured: no_such_package is not installed",
        "large": "not measured: it would take 9 GB",
        "broken": "not measured: it failed, RuntimeError: the process was killed",
    }
    timed = [row.side for row in found if not math.isnan(row.seconds)]
    assert timed == ["ours", "same"]


def _one(n):
    return lambda: [1.0]


def _two(n):
    return lambda: [2.0]


def _broken(n):
    raise RuntimeError("the process was killed")
