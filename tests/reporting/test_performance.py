"""The tables of the page about speed."""

import math

import pytest

from coupled_vae.reporting import performance
from coupled_vae.reporting.performance import NOTHING, Row, duration, read, tables, to_frame
from coupled_vae.reporting.prose import typed
from coupled_vae.runtime.errors import UserError

ROWS = [
    Row(contest="Solve", case="small", side="ours", seconds=0.5, low=0.5, high=0.5, date="today"),
    Row(
        contest="Solve",
        case="small",
        side="peer",
        seconds=1.5,
        low=1.25,
        high=2,
        rounds=3,
        ratio=3,
        ratio_low=2.5,
        ratio_high=4,
        memory_mb=12,
        check="difference 0",
        date="today",
    ),
    Row(contest="Solve", case="large", side="peer", note="not measured: x is not installed"),
]


def written(tmp_path, rows=ROWS):
    file = tmp_path / "performance.csv"
    to_frame(rows).to_csv(file, index=False)
    return file


def test_rows_are_read_as_they_were_written(tmp_path):
    frame = read(written(tmp_path))
    assert [Row(**record) for record in frame[:2].to_dict("records")][1] == ROWS[1]
    assert math.isnan(frame["seconds"][2])
    assert frame["note"][0] == ""


def test_a_table_for_each_case_with_quartiles_where_they_differ(tmp_path):
    text = tables(written(tmp_path))
    squeezed = text.replace(" ", "")
    assert text.count("## Solve") == 1
    assert "|ours|500ms|||" in squeezed
    assert "|peer|1.50s(1.25sto2.00s)|3.00(2.50to4.00)|12MB|difference0|" in squeezed
    assert "|peer|notmeasured:xisnotinstalled|" in squeezed
    assert "|12MB|" in squeezed
    assert text.count("Memory") == 1  # only where a side has it


def test_without_a_file_the_page_says_so(tmp_path):
    assert tables(tmp_path / "none.csv") == NOTHING


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace("ratio_low", "ratio"), "lacks the column 'ratio_low'"),
        (lambda text: text.replace("1.5", "fast"), "could not convert string to float: 'fast'"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path, change, reason):
    file = written(tmp_path)
    file.write_text(change(file.read_text()))
    with pytest.raises(UserError, match=reason) as error:
        read(file)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(12.34, "12.3 s"), (1, "1.00 s"), (0.9994, "999 ms"), (0.00123, "1.23 ms"), (340, "340 s")],
)
def test_times_have_three_digits(seconds, text):
    assert duration(seconds) == text


def test_no_number_of_the_page_is_typed_by_hand(tmp_path, monkeypatch):
    monkeypatch.setattr(performance, "FILE", written(tmp_path))
    page = f"<!-- made: performance -->\n\n{tables(performance.FILE)}\n\n<!-- end -->"
    assert typed(page) == []
