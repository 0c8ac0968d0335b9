"""Tables of the search, from made-up frames."""

from pathlib import Path

import pandas as pd
import pytest
from table_cases import SCORES, search_input, searched_model, with_scores

from coupled_vae.reporting.tables import search_chosen, search_finals, search_trials
from coupled_vae.runtime.errors import UserError

LESS, MORE = SCORES
NAN = float("nan")


def read(folder: Path) -> tuple[pd.DataFrame, str]:
    return pd.read_csv(folder / "mog.csv"), (folder / "mog.md").read_text(encoding="utf-8")


def test_trials_stand_by_the_first_score_with_all_scores_and_their_budget(tmp_path: Path) -> None:
    given = search_input(tmp_path, [searched_model("vae", finalists=[2], diverged=[7])])
    with_scores(given, LESS, vae_t00=0.4, vae_t01=NAN, vae_t02=[0.1, 0.3])
    with_scores(given, MORE, vae_t00=0.97)
    search_trials.write_table(given)
    frame, text = read(tmp_path)
    assert list(frame["trial"]) == [2, 0, 1]
    assert list(frame["finalist"]) == [True, True, False]
    assert frame[f"{LESS}_mean"][0] == pytest.approx(0.2)
    assert set(frame["seconds"]) == {14.25}
    assert "rate: 2, kind: lost" in text
    assert "0.200 ± 0.141" in text
    assert "Diverged and left out: VAE 7." in text
    assert "decided.vae.finalists is [2], but the rule gives [2, 0]." in text


def test_a_table_that_agrees_with_the_parameters_says_nothing_of_them(tmp_path: Path) -> None:
    given = search_input(tmp_path, [searched_model("vae", finalists=[1, 0])])
    search_trials.write_table(given)
    assert "params.yaml" not in read(tmp_path)[1]


def test_finals_have_standard_errors_and_say_what_chooses_whom(tmp_path: Path) -> None:
    models = [searched_model("vae", "finals", winners={LESS: 2, MORE: 0})]
    given = search_input(tmp_path, models, phase="finals", seconds=57)
    with_scores(given, LESS, vae_f00=[0.1, 0.3], vae_f01=[0.5, 0.6], vae_f02=[0.28, 0.3])
    with_scores(given, MORE, vae_f00=[0.99, 0.99])
    search_finals.write_table(given)
    frame, text = read(tmp_path)
    assert list(frame["trial"]) == [0, 2, 1]
    assert list(frame["chosen_by"].fillna("")) == [MORE, LESS, ""]
    assert frame[f"{LESS}_error"][0] == pytest.approx(0.1)
    assert "0.200 ± 0.100" in text
    assert "params.yaml" not in text


def test_winners_are_ranked_under_each_score_and_the_note_says_whether_that_matters(
    tmp_path: Path,
) -> None:
    models = [
        searched_model("vae", "chosen", winners={LESS: 0, MORE: 1}),
        searched_model("mine", "chosen", winners={LESS: 0, MORE: 0}),
    ]
    rows = [row.model_copy(update={"name": "mine"}) for row in models[1].rows[:1]]
    models[1] = models[1].model_copy(update={"rows": rows})
    given = search_input(tmp_path, models, phase="chosen")
    with_scores(given, LESS, vae_c00=0.1, vae_c01=0.5, mine=0.3)
    with_scores(given, MORE, vae_c00=0.5, vae_c01=0.6, mine=0.9)
    search_chosen.write_table(given)
    frame, text = read(tmp_path)
    assert list(zip(frame["chosen_by"], frame["model"], frame["trial"], strict=True)) == [
        (LESS, "vae", 0),
        (LESS, "mine", 0),
        (MORE, "vae", 1),
        (MORE, "mine", 0),
    ]
    assert list(frame[f"{LESS}_rank"]) == [1, 2, 2, 1]
    assert list(frame[f"{MORE}_rank"]) == [2, 1, 2, 1]
    assert list(frame["in_grid"]) == [False, True, False, True]
    assert (
        "By W2 to data the order of the models depends on which score chooses: VAE, My model "
        "(chosen by W2 to data); My model, VAE (chosen by High-density ratio)."
    ) in text
    assert "By High-density ratio the order of the models is the same" in text
    assert "0.100 ± 0.000 (1)" in text


def test_an_undefined_value_has_no_rank(tmp_path: Path) -> None:
    winners = {LESS: 0}
    models = [searched_model(name, "chosen", winners=winners) for name in ("vae", "mine")]
    given = search_input(tmp_path, models, phase="chosen")
    with_scores(given, LESS, vae_c00=NAN)
    search_chosen.write_table(given)
    frame, text = read(tmp_path)
    assert list(frame[f"{LESS}_rank"].fillna(0)) == [0, 1]
    assert "n/a |" in text


@pytest.mark.parametrize("module", [search_trials, search_finals, search_chosen])
def test_a_frame_without_a_cell_is_refused(tmp_path: Path, module) -> None:
    phase = module.__name__.rpartition("_")[2]
    models = [searched_model("vae", phase, winners={LESS: 0})]
    given = search_input(tmp_path, models, phase=phase)
    frame = pd.read_csv(given.metrics)
    frame[frame["model"] != models[0].rows[2].name].to_csv(given.metrics, index=False)
    with pytest.raises(UserError, match=r"metrics\.csv lacks .*\(mog, vae\.[tfc]02"):
        module.write_table(given)
