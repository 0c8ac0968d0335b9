"""Every contest at a tiny size, with and without the optional packages."""

import math
from importlib import import_module
from importlib.util import find_spec

import pytest
import torch
from speed import __main__ as front
from speed import contests
from speed.contests import fixed_rounds, no_op, to_tolerance, training_steps
from speed.settings import Settings

from coupled_vae.plan import provenance
from coupled_vae.reporting import performance
from coupled_vae.science.transport import error_of

SMALL = Settings(small=True)
FAST = [name for name in contests.NAMES if name not in ("no_op", "trained_cell", "to_tolerance")]
OPTIONAL = {"OTT-JAX": "ott", "GeomLoss": "geomloss", "pythae": "pythae", "prdc": "prdc"}


def measured(row):
    return not math.isnan(row.seconds)


@pytest.mark.parametrize("name", FAST)
def test_ours_is_measured_and_a_missing_package_is_named(name):
    rows = import_module(f"speed.contests.{name}").rows(SMALL)
    assert rows
    for case in {row.case for row in rows}:
        sides = [row for row in rows if row.case == case]
        assert sides[0].side.startswith("ours")
        assert measured(sides[0])
        for row in sides[1:]:
            package = next((own for key, own in OPTIONAL.items() if row.side.startswith(key)), None)
            if package and not find_spec(package):
                assert "not installed" in row.note
            else:
                assert measured(row) or row.note


def test_peers_that_are_always_here_agree_with_ours():
    rows = [*fixed_rounds.rows(SMALL), *import_module("speed.contests.distances").rows(SMALL)]
    for name in ("POT, sinkhorn_log", "POT, emd2", "torch, whole matrix", "scikit-learn"):
        found = [row for row in rows if row.side.startswith(name)]
        assert found
        assert all(measured(row) and row.check for row in found), name


def test_a_solver_that_stops_too_early_is_outside_the_tolerance():
    transport = fixed_rounds.problem(64, 4)
    cost = transport.cost.columns(torch.arange(transport.cost.shape[1]))
    start = to_tolerance.Start(transport, cost, torch.zeros(cost.shape[1]), steps=2000)
    assert error_of(to_tolerance.ours(start)(), transport) <= to_tolerance.TOLERANCE
    sides = {side.name: side for side in to_tolerance.sides(start, warm=False)}
    check = sides["ours, plain updates"].check
    assert check(start.v, to_tolerance.ours(start)()).passed
    assert not check(start.v, start.v).passed
    assert "GeomLoss, falling eps" in sides
    warm = {side.name for side in to_tolerance.sides(start, warm=True)}
    assert "GeomLoss, falling eps" not in warm


def test_a_trained_run_that_is_missing_is_one_row(tmp_path):
    run = tmp_path / "results/runs/mog/cvae/0"
    (row,) = to_tolerance.rows(Settings(small=True, trained=(run,)))
    assert row.note.startswith("not measured: the run is missing")


def test_the_bound_has_every_linear_layer_three_times(monkeypatch):
    setting = training_steps.networks.problem("mlp", {"depth": 2, "width": 4}, "gaussian")
    model = training_steps.networks.ours("vae", setting, torch.randn(8, 2), 4)
    count = 0

    def counted(a, b):
        nonlocal count
        count += 1
        return a @ b

    monkeypatch.setattr(torch, "mm", counted)
    training_steps.products(model, 4)()
    assert count == 3 * 8  # two hidden layers and two heads, in the encoder and in the decoder


def test_an_invented_run_has_true_records(tmp_path, monkeypatch):
    no_op.finished(tmp_path, 25)
    monkeypatch.chdir(tmp_path)
    records = sorted(tmp_path.glob("results/**/*.provenance.json"))
    trained = [path for path in records if path.name == "weights.provenance.json"]
    assert len(trained) == 25
    digests = provenance.Digests(tmp_path / "digests.json")
    for path in records:
        place = path.relative_to(tmp_path)
        assert provenance.doubt(place, provenance.read(place), digests) == ""


def test_nothing_is_to_be_done_in_an_invented_run():
    (row,) = no_op.rows(SMALL)
    assert measured(row)


def test_timing_files_are_read(tmp_path):
    trained = import_module("speed.contests.trained_cell")
    run = tmp_path / "results/runs/mog/cvae/0"
    folder = tmp_path / "results/timings/mog/cvae"
    folder.mkdir(parents=True)
    for seed, seconds in enumerate((10.0, 20.0, 60.0)):
        (folder / f"{seed}.json").write_text(f'{{"train_seconds": {seconds}}}')
    assert trained.rows(Settings(trained=(run,))) == []
    dual, primal = trained.rows(Settings(long=True, trained=(run,)))
    assert (dual.seconds, dual.rounds) == (20.0, 3)
    assert primal.note == "not measured: no timing file"


def test_a_contest_measured_again_replaces_its_rows(tmp_path):
    file = tmp_path / "performance.csv"
    old = [
        performance.Row(contest=fixed_rounds.TITLE, case="a", side="ours", seconds=1),
        performance.Row(contest=no_op.TITLE, case="b", side="ours", seconds=2),
    ]
    performance.to_frame(old).to_csv(file, index=False)
    new = performance.to_frame(
        [performance.Row(contest=fixed_rounds.TITLE, case="c", side="ours", seconds=3)]
    )
    frame = front.merged(performance.read(file), new)
    assert [*frame["case"]] == ["c", "b"]
    assert [*frame["seconds"]] == [3, 2]


def test_the_command_writes_rows_that_the_page_shows(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(front, "use_one_core", lambda: None)
    file = tmp_path / "performance.csv"
    assert front.main(["--small", "--only", "fixed_rounds", "--out", str(file)]) == 0
    text = performance.tables(file)
    assert f"## {fixed_rounds.TITLE}" in text
    assert "| ours, blocks" in text
    assert "torch " in text.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--small"], "--small measures nothing true"),
        (["--only", "speed"], "--only 'speed' is unknown; choices are fixed_rounds"),
    ],
)
def test_what_cannot_be_is_one_line(words, reason, capsys):
    assert front.main(words) != 0
    said = capsys.readouterr().err
    assert reason in said
    assert len(said.splitlines()) == 1
