"""Tables: golden layout, and what incomplete frames are told."""

import json

import pandas as pd
import pytest
from table_cases import MODELS, write

from coupled_vae.config.traits import Traits
from coupled_vae.reporting.rows import DatasetRows, TableInput
from coupled_vae.reporting.tables import images, points
from coupled_vae.reporting.tables.table1 import table1
from coupled_vae.reporting.tables.table2 import table2
from coupled_vae.run import cli
from coupled_vae.runtime.errors import UserError


def cells(line: str, separator: str = "|") -> list[str]:
    return [cell.strip() for cell in line.strip(separator).split(separator)]


@pytest.mark.parametrize(
    ("table", "traits"),
    [
        (images, Traits(kind="images", held_out=True, labels=True)),
        (images, Traits(kind="images", held_out=True)),
        (points, Traits(kind="points", held_out=True, labels=True)),
        (points, Traits(kind="points")),
    ],
)
def test_a_dataset_has_the_metrics_of_its_traits_and_none_if_not_run(tmp_path, table, traits):
    measured = dict.fromkeys(traits.metrics(), 0.5) | {"marginal_error": float("nan")}
    rows = [
        ("paper", "digits", "vae", seed, metric, value)
        for seed in (0, 1)
        for metric, value in measured.items()
    ]
    columns = ["experiment", "dataset", "model", "seed", "metric", "value"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "metrics.csv", index=False, na_rep="nan")
    datasets = [
        DatasetRows(
            name=name,
            label=name.upper(),
            metrics=traits.metrics(),
            models=[("vae", "VAE")],
            run=name == "digits",
        )
        for name in ("mnist", "digits")
    ]
    given = {"name": "shown", "datasets": datasets, "metrics": tmp_path / "metrics.csv"}
    table.write_table(TableInput(**given, out=tmp_path))
    lines = (tmp_path / "shown.md").read_text().splitlines()
    assert cells(lines[2]) == ["MNIST", "VAE", *["not run"] * len(table.SHOWN)]
    run = dict(zip(cells(lines[0]), cells(lines[3]), strict=True))
    assert run["Data"] == "DIGITS"
    assert run["MMD (10⁻³)"] == "500.00 ± 0.00"
    assert run["Hole mass (%)"] == "50.0 ± 0.0"
    assert run["Marginal error"] == "n/a"
    assert (run["Class recovery (%)"] == "n/a") is not traits.labels
    assert (run["Precision"] == "n/a") is not traits.held_out
    numbers = pd.read_csv(tmp_path / "shown.csv").set_index("dataset")
    assert numbers.loc["digits", "hole_mass_mean"] == 0.5
    assert numbers.loc["mnist"].drop(["dataset_label", "model", "label", "run"]).isna().all()


def test_table1_layout(tmp_path):
    paths = write(tmp_path, ["vae", "mine"], [0, 1])
    table1("mog", MODELS, **paths, out=tmp_path)
    lines = (tmp_path / "table1.md").read_text().splitlines()
    assert cells(lines[0]) == [
        "Model",
        "High-density ratio (%), paper",
        "High-density ratio (%), ours",
        "High-density ratio (%), resampling",
        "In-mode std, paper",
        "In-mode std, ours",
        "In-mode std, resampling",
        "Ratio of decoder means (%)",
        "Modes covered",
        "Mode-mass TV",
        "W2 to data",
    ]
    ours = ["94.5 ± 6.4", "± 0.9", "0.0525 ± 0.0035", "± 0.0005"]
    rest = ["92.4 ± 6.2", "20", "0.063 ± 0.004", "0.315 ± 0.021"]
    assert cells(lines[2]) == ["VAE", "71.5 ± 0.5", *ours[:2], "0.0778 ± 0.0004", *ours[2:], *rest]
    assert cells(lines[3]) == ["My model", "n/a", *ours[:2], "n/a", *ours[2:], *rest]
    numbers = pd.read_csv(tmp_path / "table1.csv").set_index("model")
    assert numbers.loc["vae", "high_density_ratio_paper"] == 0.715
    assert numbers.loc["vae", "w2_to_data_mean"] == pytest.approx(0.315)
    tex = (tmp_path / "table1.tex").read_text()
    body = [line for line in tex.splitlines() if line.endswith("\\\\")]
    assert all(line.replace("\\&", "").count("&") == 10 for line in body)
    assert r"\shortstack[r]{High-density\\ratio (\%),\\paper}" in body[0]
    assert r"94.5$_{\pm 6.4}$" in body[1]


def test_table1_ends_with_the_likelihood_where_data_are_held_out(tmp_path):
    paths = write(tmp_path, ["vae", "mine"], [0, 1], test_nll=0.2)
    table1("mog", MODELS, **paths, out=tmp_path, held_out=True)
    lines = (tmp_path / "table1.md").read_text().splitlines()
    assert cells(lines[0])[-2:] == ["W2 to data", "-log p(x), test (nats)"]
    assert cells(lines[2])[-2:] == ["0.315 ± 0.021", "0.21 ± 0.01"]
    assert "Estimate of -log p(x) of the held-out data" in lines[-1]


def test_a_single_seed_has_no_spread(tmp_path):
    table1("mog", MODELS, **write(tmp_path, ["vae", "mine"], [7]), out=tmp_path)
    line = (tmp_path / "table1.md").read_text().splitlines()[2]
    assert cells(line)[2] == "90.0"


def test_modes_covered_shows_the_worst_seed(tmp_path):
    paths = write(tmp_path, ["vae", "mine"], [0, 1], modes_covered=10)
    table1("mog", MODELS, **paths, out=tmp_path)
    assert cells((tmp_path / "table1.md").read_text().splitlines()[2])[8] == "10"


def test_table2_layout_ends_with_the_pooled_noise_floor(tmp_path):
    paths = write(tmp_path, ["vae", "mine"], [0, 1])
    table2("mog", MODELS, **paths, out=tmp_path)
    lines = (tmp_path / "table2.md").read_text().splitlines()
    assert cells(lines[0]) == [
        "Model",
        "MMD (10⁻³), paper",
        "MMD (10⁻³), ours",
        "MMD (10⁻³), resampling",
        "MMD, multiquadric (10⁻³), ours",
        "MMD, multiquadric (10⁻³), resampling",
    ]
    vae = ["VAE", "10.60 ± 0.40", "2.10 ± 0.14", "± 0.02", "21.00 ± 1.41", "± 0.21"]
    assert cells(lines[2]) == vae
    # Four values, two models times two seeds: their spread is not that of one model.
    floor = ["Noise floor", "n/a", "0.11 ± 0.01", "n/a", "1.05 ± 0.06", "n/a"]
    assert cells(lines[4]) == floor
    assert "$10^{-3}$" in (tmp_path / "table2.tex").read_text()


def test_same_frames_same_bytes(tmp_path):
    paths = write(tmp_path, ["vae", "mine"], [0, 1])
    for out in ("a", "b"):
        table2("mog", MODELS, **paths, out=tmp_path / out)
    for suffix in ("csv", "md", "tex", "narrow.tex"):
        first, second = (tmp_path / out / f"table2.{suffix}" for out in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()


def test_an_incomplete_frame_names_what_it_lacks(tmp_path):
    paths = write(tmp_path, ["vae"], [0])
    with pytest.raises(UserError, match=r"metrics\.csv lacks 6 of 12 cells: \(mog, mine, "):
        table1("mog", MODELS, **paths, out=tmp_path)


def test_a_cell_that_stands_twice_is_refused(tmp_path):
    paths = write(tmp_path, ["vae", "vae", "mine"], [0])
    with pytest.raises(UserError, match=r"metrics\.csv: not a frame of metrics"):
        table1("mog", MODELS, **paths, out=tmp_path)


def test_command_line_writes_tables_and_refuses_bad_json(tmp_path, capsys):
    paths = write(tmp_path, ["vae", "mine"], [0, 1])
    options = ["--out", str(tmp_path), "--metrics", str(paths["metrics"])]
    options += ["--resampling", str(paths["resampling"])]
    rows = {
        "name": "mog",
        "label": "MoG",
        "models": MODELS,
        "metrics": [],
        "run": True,
    }

    def table(name: str, **changes: object) -> int:
        shown = ["--datasets", json.dumps([rows | changes])]
        return cli.main(["table", *options, "--kind", name, "--name", name, *shown])

    assert table("table1") == 0
    assert (tmp_path / "table1.tex").exists()
    assert table("table2", models={"vae": "VAE"}) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: table.datasets.0.models")
    assert error.count("\n") == 1
