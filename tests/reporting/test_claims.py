"""Verdicts on claims: each kind from made-up frames, and the committed ones computed twice."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small import TOP

from coupled_vae.metrics.catalogue import METRICS
from coupled_vae.reporting import claims_ours, claims_pages, claims_paper
from coupled_vae.reporting.claims import Claim, above, below, order, verdicts
from coupled_vae.reporting.needs import declared
from coupled_vae.reporting.rows import DatasetRows, TableInput
from coupled_vae.reporting.tables import claims as table

ALL = (*claims_paper.CLAIMS, *claims_ours.CLAIMS)
NAN = float("nan")
FIVE = [0.70, 0.72, 0.71, 0.69, 0.73]


def frame(metric="high_density_ratio", first=0, **models):
    """A frame of one metric; of each model its values, of seeds from ``first`` on."""
    rows = [
        ("paper", "mog", model, seed, metric, value)
        for model, values in models.items()
        for seed, value in enumerate(values, first)
    ]
    columns = ["experiment", "dataset", "model", "seed", "metric", "value"]
    return pd.DataFrame(rows, columns=columns)


def claim(*pairs, **rest):
    stated = {"says": "a < b", "source": "Table 1", "experiment": "paper", "dataset": "mog"}
    return Claim(**stated, metric="high_density_ratio", pairs=pairs, **rest)


def verdict(frames, *pairs, **rest):
    return verdicts([frames], [claim(*pairs, **rest)]).iloc[0]


def plus(values, *added):
    return [value + more for value, more in zip(values, added, strict=True)]


NOISY = plus(FIVE, 0.02, -0.03, 0.01, -0.01, 0.02)
HIGHER = plus(FIVE, 0.10, 0.11, 0.12, 0.10, 0.11)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (FIVE, HIGHER, "reproduced"),
        (HIGHER, FIVE, "not reproduced"),
        (FIVE, NOISY, "undecided"),
        (FIVE, FIVE, "undecided"),  # equal columns: the interval is zero alone
        ([0.5] * 5, [0.6] * 5, "reproduced"),  # no spread, and a difference
        ([0.7], [0.9], "undecided"),  # of one seed there is no interval
        (FIVE, [*HIGHER[:4], NAN], "undecided"),  # a missing number must not help a claim
        ([NAN] * 5, HIGHER, "undecided"),
    ],
)
def test_verdict_of_a_pair(a, b, expected):
    assert verdict(frame(a=a, b=b), ("a", "b")).verdict == expected


def test_what_a_frame_lacks_was_not_run():
    present = frame(a=FIVE, b=HIGHER)
    assert verdict(present, ("a", "c")).verdict == "not run"
    assert verdict(present[:0], ("a", 0.5)).verdict == "not run"
    other = frame("in_mode_std", a=FIVE, b=HIGHER)
    assert verdict(other, ("a", "b")).verdict == "not run"


def test_a_claim_without_a_metric_is_to_be_seen():
    stated = {"says": "it is Gaussian", "source": "Figure 1", "experiment": "paper"}
    seen = Claim(**stated, dataset="mog", evidence="figure 1")
    row = verdicts([frame(a=FIVE)], [seen]).iloc[0]
    assert (row.verdict, row.evidence) == ("to be seen", "figure 1")
    with pytest.raises(ValueError, match="metric with pairs, or evidence"):
        Claim(**stated, dataset="mog")
    with pytest.raises(ValueError, match="two constants"):
        claim((0.1, 0.2))


def test_the_interval_is_paired_by_seed_where_both_sides_share_seeds():
    noise = [0.0, 0.2, -0.1, 0.3, -0.2]  # common to both sides; it hides 0.01 unless paired
    values = frame(a=plus(FIVE, *noise), b=plus(HIGHER, *noise))
    shuffled = values.sample(frac=1, random_state=0)
    assert verdict(values, ("a", "b")).verdict == "reproduced"
    assert verdict(shuffled, ("a", "b")).verdict == "reproduced"
    apart = pd.concat([values[values.model == "a"], frame(first=5, b=plus(HIGHER, *noise))])
    row = verdict(apart, ("a", "b"))
    test = stats.ttest_ind(plus(HIGHER, *noise), plus(FIVE, *noise), equal_var=False)
    assert (row.low, row.high) == pytest.approx(tuple(test.confidence_interval(0.95)))
    assert row.verdict == "undecided"
    one = pd.concat([frame(a=[0.5]), frame(first=1, b=[0.6])])
    assert verdict(one, ("a", "b")).verdict == "undecided"


def test_an_effect_is_what_the_difference_must_exceed_and_a_negative_one_a_margin():
    values = frame(a=FIVE, b=HIGHER)  # 0.10 to 0.12 apart
    assert verdict(values, ("a", "b"), effect=0.05).verdict == "reproduced"
    assert verdict(values, ("a", "b"), effect=0.108).verdict == "undecided"
    assert verdict(values, ("a", "b"), effect=0.2).verdict == "not reproduced"
    assert verdict(values, ("b", "a"), effect=-0.2).verdict == "reproduced"
    assert verdict(values, ("b", "a"), effect=-0.05).verdict == "not reproduced"


def test_a_target_compares_distances():
    values = frame(far=[0.08, 0.02, 0.08], near=[0.051, 0.049, 0.05])
    assert verdict(values, ("near", "far"), target=0.05).verdict == "reproduced"
    assert verdict(values, ("near", "far")).verdict == "undecided"
    assert verdict(values, ("near", 0.005), target=0.05).verdict == "reproduced"


def test_an_order_holds_where_all_neighbours_do_and_shows_the_pair_that_decides():
    values = frame(a=FIVE, b=HIGHER, c=plus(HIGHER, 0.02, 0.021, 0.02, 0.021, 0.02), d=NOISY)
    held = verdict(values, *order("a", "b", "c"))
    assert (held.verdict, held.smaller, held.larger) == ("reproduced", "b", "c")
    broken = verdict(values, *order("a", "c", "b"))
    assert (broken.verdict, broken.smaller, broken.larger) == ("not reproduced", "c", "b")
    assert verdict(values, *order("a", "d"), *order("a", "b")).verdict == "undecided"
    assert verdict(values, *order("a", "b", "none")).verdict == "not run"
    # What is not run cannot save what is refuted.
    assert verdict(values, *order("c", "b", "none")).verdict == "not reproduced"
    assert above("a", "b", 0.5) == (("b", "a"), (0.5, "a"))
    assert below("a", "b") == (("a", "b"),)


def test_a_cell_with_two_values_is_refused():
    with pytest.raises(ValueError, match="two values"):
        verdicts([frame(a=FIVE), frame(a=FIVE)], [claim(("a", 0.5))])


FOLDERS = ("results", "results/studies/*", "results/grids/*")
COMMITTED = [pd.read_csv(path) for folder in FOLDERS for path in TOP.glob(f"{folder}/metrics.csv")]


def lower_and_upper(stated, pair):
    """By another way: scipy's test of paired columns, or of one column against a constant."""
    joined = pd.concat(COMMITTED)
    found = joined[(joined.experiment == stated.experiment) & (joined.dataset == stated.dataset)]
    columns = found[found.metric == stated.metric].set_index(["seed", "model"])
    columns = columns["value"].unstack()  # noqa: PD010
    if stated.target is not None:
        columns = np.abs(columns - stated.target)
    smaller, larger = (columns[s] if isinstance(s, str) else s for s in pair)
    if isinstance(pair[0], str) and isinstance(pair[1], str):
        test = stats.ttest_rel(larger, smaller)
    elif isinstance(pair[0], str):
        test = stats.ttest_1samp(larger - smaller, 0)
    else:
        test = stats.ttest_1samp(larger, smaller)
        low, high = test.confidence_interval(0.95)
        return low - smaller, high - smaller
    return tuple(test.confidence_interval(0.95))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("stated", ALL, ids=lambda stated: stated.says[:40])
def test_committed_frames_give_the_same_verdicts_by_a_second_computation(stated):
    row = verdicts(COMMITTED, [stated]).iloc[0]
    if row.verdict in {"to be seen", "not run"} or row.seeds == 1:
        return
    kinds = []
    for pair in stated.pairs:
        low, high = lower_and_upper(stated, pair)
        if pair == (row.smaller, row.larger) and not np.isnan(low):
            assert (row.low, row.high) == pytest.approx((low, high), rel=1e-9, abs=1e-12)
        spread = np.isnan(low)  # scipy gives nan where all differences are equal
        kinds.append("reproduced" if spread or low > stated.effect else "undecided")
        if high < stated.effect:
            kinds[-1] = "not reproduced"
    expected = min(kinds, key=["not reproduced", "undecided", "reproduced"].index)
    assert row.verdict == expected


def test_claims_are_of_known_metrics_and_each_is_said_once():
    assert {stated.metric for stated in ALL} <= {"", *METRICS}
    said = [stated.says for stated in ALL]
    assert len(set(said)) == len(said)


def test_every_claim_of_table_2_has_a_row_for_each_kernel():
    table = [stated for stated in claims_paper.CLAIMS if stated.source == "Table 2"]
    for start, metric in product(("C-VAE has the smallest", "MMD falls"), ("mmd_rbf", "mmd_imq")):
        assert [s.metric for s in table if s.says.startswith(start)].count(metric) == 1


def test_the_table_of_a_grid_has_the_claims_of_its_datasets(tmp_path):
    label = {"label": "x", "models": [("vae", "My VAE")], "metrics": []}
    rows = [DatasetRows(name=name, run=name == "mog", **label) for name in ("mog", "mnist")]
    values = frame(
        vae=FIVE, vae_nf=FIVE, wae=FIVE, infovae=FIVE, cvae=[0.98, 0.97, 0.98, 0.97, 0.98]
    )
    values.assign(experiment="mine").to_csv(tmp_path / "metrics.csv", index=False)
    table.write_table(
        TableInput(name="claims", datasets=rows, metrics=tmp_path / "metrics.csv", out=tmp_path)
    )
    written = pd.read_csv(tmp_path / "claims.csv").set_index("says")
    assert set(written.dataset) == {"mog", "mnist"}
    assert written.verdict["C-VAE has the highest share of high-density samples"] == "reproduced"
    assert set(written[written.dataset == "mnist"].verdict) == {"not run", "to be seen"}
    lines = (tmp_path / "claims.md").read_text().splitlines()
    assert any(
        "My VAE: 71.0, cvae: 97.6" in line and "26.6 (24.7 to 28.5)" in line for line in lines
    )


def test_a_grid_has_the_table_only_where_it_has_data_that_the_claims_are_of():
    needs = declared("tables")["claims"]
    assert {stated.dataset for stated in ALL} == set(needs.only)
    assert needs.takes("points", "mog")
    assert not needs.takes("points", "mine")


def test_pages_show_every_claim_with_its_verdict():
    text = claims_pages.of_paper() + claims_pages.of_ours()
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == len(ALL) + 2  # two headers
    assert f"Of {len(claims_ours.CLAIMS)} claims: " in text
