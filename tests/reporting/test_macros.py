"""Numbers as macros of LaTeX: their names, their text, and what is refused."""

import re
from pathlib import Path

import pytest
from table_cases import write

from coupled_vae.reporting.numbers import macro, numbers
from coupled_vae.reporting.rows import MeasuredDataset
from coupled_vae.runtime.errors import UserError

METRICS = ["high_density_ratio", "mmd_rbf", "w2_to_data"]


def written(folder: Path, models: list[str], seeds: list[int], **values: float) -> str:
    metrics = write(folder, models, seeds, **values)["metrics"]
    own = MeasuredDataset(name="mog", models=models, metrics=METRICS)
    numbers([own], ["mnist"], len(seeds), metrics, folder / "numbers.tex")
    return (folder / "numbers.tex").read_text(encoding="utf-8")


def macros(text: str) -> dict[str, str]:
    return dict(re.findall(r"^\\newcommand\{\\([a-zA-Z]+)\}\{(.*)\}$", text, re.MULTILINE))


def test_every_number_has_the_decimals_and_scale_of_the_tables(tmp_path: Path) -> None:
    found = macros(written(tmp_path, ["vae_nf", "cvae"], [0, 1], mmd_rbf=-0.002))
    # The second seed's values are a tenth larger.
    assert found == {
        "paperSeeds": "2",
        "vaeNfHighDensityRatioMog": "94.5",
        "vaeNfHighDensityRatioMogStd": "6.4",
        "vaeNfMmdRbfMog": r"\ensuremath{-2.10}",
        "vaeNfMmdRbfMogStd": "0.14",
        "vaeNfWTwoToDataMog": "0.315",
        "vaeNfWTwoToDataMogStd": "0.021",
        "cvaeHighDensityRatioMog": "94.5",
        "cvaeHighDensityRatioMogStd": "6.4",
        "cvaeMmdRbfMog": r"\ensuremath{-2.10}",
        "cvaeMmdRbfMogStd": "0.14",
        "cvaeWTwoToDataMog": "0.315",
        "cvaeWTwoToDataMogStd": "0.021",
    }


def test_what_is_undefined_says_so_and_zero_has_no_sign(tmp_path: Path) -> None:
    found = macros(written(tmp_path, ["cvae"], [7], mmd_rbf=-0.000001))
    assert found["cvaeHighDensityRatioMogStd"] == "n/a"  # of one seed
    assert found["cvaeMmdRbfMog"] == "0.00"


def test_the_header_explains_the_names_and_is_comments_alone(tmp_path: Path) -> None:
    head, _, body = written(tmp_path, ["cvae"], [0]).partition("\n\n")
    assert all(line.startswith("%") for line in head.splitlines())
    assert all(line.startswith(r"\newcommand{\ ".strip()) for line in body.splitlines())
    assert "% WTwoToData: W2 to data. Wasserstein-2 distance" in head
    assert "% Mnist: not run, no macros" in head


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("cvae", "high_density_ratio", "mog", "std"), "cvaeHighDensityRatioMogStd"),
        (("vae_nf", "w2_to_data", "mnist_full"), "vaeNfWTwoToDataMnistFull"),
        (("m10x", "recall", "data2"), "mOneZeroXRecallDataTwo"),
    ],
)
def test_a_name_has_letters_alone(words: tuple[str, ...], name: str) -> None:
    assert macro(*words) == name


def test_two_numbers_of_one_name_are_refused(tmp_path: Path) -> None:
    metrics = write(tmp_path, ["va_e", "va__e"], [0])["metrics"]
    own = MeasuredDataset(name="mog", models=["va_e", "va__e"], metrics=METRICS)
    with pytest.raises(UserError, match=r"macro .vaEHighDensityRatioMog stands for two") as error:
        numbers([own], [], 1, metrics, tmp_path / "numbers.tex")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "numbers.tex").exists()


def test_a_frame_that_lacks_a_number_is_refused(tmp_path: Path) -> None:
    metrics = write(tmp_path, ["cvae"], [0])["metrics"]
    own = MeasuredDataset(name="mog", models=["cvae", "wae"], metrics=METRICS)
    with pytest.raises(UserError, match=r"lacks 3 of 6 cells"):
        numbers([own], [], 1, metrics, tmp_path / "numbers.tex")
    assert not (tmp_path / "numbers.tex").exists()
