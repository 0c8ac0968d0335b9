"""What pages show of files and messages is what the code takes and says."""

import re
from pathlib import Path

from small import TOP

from coupled_vae.config import inherit
from coupled_vae.config.extends import complete
from coupled_vae.config.load import validated
from coupled_vae.run.start import differences

# Entries that rest on files of the reader's, which tests of own data have.
OF_FILES = {"docs/own-data.md", "README.md", "docs/adding-a-model.md"}


def text(page: str) -> str:
    return (TOP / page).read_text(encoding="utf-8")


def entries(page: str) -> list[str]:
    """The parameter files that a page shows whole."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", text(page), re.MULTILINE | re.DOTALL)
    return [block for block in blocks if block.startswith("extends: params.yaml")]


def test_the_study_that_the_page_shows_is_one(tmp_path: Path) -> None:
    (entry,) = entries("docs/adding-a-study.md")
    (tmp_path / "params.yaml").write_bytes((TOP / "params.yaml").read_bytes())
    (tmp_path / "pools.yaml").write_text(entry, encoding="utf-8")
    params = validated(complete(inherit.read(tmp_path / "pools.yaml")), "pools.yaml")
    study = params.experiments.studies["pools"]
    usual = params.models["cvae"].args["pool_size"]
    for name, row in study.rows.items():
        assert row.value == row.args.get("pool_size", usual), name


def test_a_parameter_file_of_another_page_has_its_test() -> None:
    pages = [TOP / "README.md", *(TOP / "docs").glob("*.md")]
    shown = {str(page.relative_to(TOP)) for page in pages}
    assert {page for page in shown if entries(page)} == {*OF_FILES, "docs/adding-a-study.md"}


def test_the_questions_show_the_messages_of_a_run() -> None:
    page = text("docs/faq.md")
    old, new = ({"spec": {"args": {"num_pools": number}}} for number in (200, 300))
    assert f"4 more: {next(differences(old, new))}" in page
    source = text("src/coupled_vae/run/start.py")
    for message in ("made anew: ", "withdrawn until made anew: "):
        assert message in page
        assert message in source
    assert "works in" in text("src/coupled_vae/run/guard.py")
