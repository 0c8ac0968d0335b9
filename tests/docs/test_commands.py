"""Every command that README and docs show in a block is run by a test, or says why not.

A block of ``sh``, ``bash`` or ``console`` has commands; in ``console`` they follow ``$``. Each is
in ``RUN``, with the tests that run it, or stands below the remark ``<!-- not run: REASON -->``.
"""

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from small import TOP

OWN_DATA = "tests/pipeline/test_own_data_cell.py::test_the_commands_of_the_page"
OWN_GRID = "tests/workflow/test_own_data.py::test_a_file_of_parameters_is_all"
RECIPES = "tests/run/test_make_targets.py::test_targets_call_what_they_should"
GRID = "tests/workflow/test_runs.py::test_killed_and_run_again"
SITE = "tests/docs/test_site.py::test_the_first_page_is_the_readme_with_its_results"
SMOKE = "tests/workflow/test_up_to_date.py::test_every_target_holds_its_files"
CLUSTER = "tests/slurm/test_cluster_profile.py::test_the_paper_has_the_bytes_of_a_local_run"
TORTURE = "tests/test_torture.py::test_all_is_survived_and_counted"
SLURM = "tests/slurm/test_grid.py::test_all_cells_ran"
VIEWS = "tests/workflow/test_dvc_views.py::test_an_experiment_and_its_views"

# A command of a page (of any page: *), as a pattern, and the tests that run it. A target of make is
# run in two parts: one test compares what it calls, the other one runs what is called.
RUN: dict[tuple[str, str], tuple[str, ...]] = {
    ("docs/own-data.md", r"(?!make )[\s\S]*"): (OWN_DATA,),
    ("*", r"make reproduce PARAMS=\S+\.yaml"): (RECIPES, OWN_GRID),
    ("*", "make reproduce"): (RECIPES, GRID),
    ("*", "(COUPLED_VAE_CHUNK=5 )?make reproduce PROFILE=slurm"): (RECIPES, SLURM),
    ("docs/cluster.md", "make reproduce PROFILE=cluster"): (RECIPES, CLUSTER),
    ("docs/reliability.md", "make torture"): (RECIPES, TORTURE),
    ("docs/reliability.md", r"python benchmarks/torture .*"): (TORTURE,),
    ("docs/python.md", "coupled-vae sample .*"): (
        "tests/run/test_sample.py::test_the_draws_are_those_of_python",
    ),
    ("CONTRIBUTING.md", "make smoke"): (SMOKE,),
    ("CONTRIBUTING.md", "make docs"): (RECIPES, SITE),
    ("docs/running.md", r"dvc exp run -S .*"): (VIEWS,),
    ("docs/running.md", r"dvc exp show .*"): (VIEWS,),
}
# Without a remark on the page.
NOT_RUN = {
    ("README.md", "make test"): "it is what runs these tests",
    ("CONTRIBUTING.md", "make lint"): "make test runs it before the tests",
    ("CONTRIBUTING.md", "make test"): "it is what runs these tests",
}

FENCE = re.compile(
    r"(?P<remark><!-- not run: (?P<reason>[^>]*) -->\s*)?"
    r"^(?P<indent> *)(?P<marks>`{3,})(?P<language>[^\n`]*)\n(?P<text>.*?)^ *(?P=marks) *$",
    re.MULTILINE | re.DOTALL,
)
SHELLS = ("bash", "console", "sh", "shell")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    text: str
    reason: str | None

    def commands(self) -> list[str]:
        if self.language == "console":
            marked = re.findall(r"^\$ (.*)$", self.text, re.MULTILINE)
            return [command for line in marked for command in commands(line)]
        return commands(self.text)


def commands(text: str) -> list[str]:
    """The commands of a script: a line, with those that continue it and its here-document."""
    found, lines = [], iter(text.splitlines())
    for line in lines:
        command = line
        while is_open(command):
            command += "\n" + next(lines)
        bare = re.sub(r"\s+#.*", "", command) if "\n" not in command else command
        if bare.strip() and not bare.lstrip().startswith("#"):
            found.append(bare.strip())
    return found


def is_open(command: str) -> bool:
    """Whether the next line belongs to a command."""
    if here := re.search(r"<<-?\s*'?(\w+)'?", command):
        return not re.search(rf"^{here[1]}$", command, re.MULTILINE)
    try:
        shlex.split(command, comments=True)
    except ValueError:  # a quotation that is not closed, or a backslash at the end
        return True
    return command.endswith("\\")


def blocks(page: str, text: str) -> Iterator[Block]:
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start("marks")) + 1
        yield Block(page, line, match["language"].strip(), match["text"], match["reason"])


def pages() -> list[Path]:
    return [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").rglob("*.md"))]


def all_blocks() -> list[Block]:
    return [
        block
        for path in pages()
        for block in blocks(str(path.relative_to(TOP)), path.read_text(encoding="utf-8"))
    ]


def rows(page: str, command: str) -> list[tuple[str, str]]:
    """The rows of ``RUN`` that a command is in."""
    return [row for row in RUN if row[0] in ("*", page) and re.fullmatch(row[1], command)]


def unaccounted(found: list[Block]) -> list[str]:
    """Commands that neither a test runs nor a reason excuses."""
    return [
        f"{block.page}:{block.line}: {command}"
        for block in found
        if block.language in SHELLS and not block.reason
        for command in block.commands()
        if not rows(block.page, command) and (block.page, command) not in NOT_RUN
    ]


def test_every_command_is_run_or_says_why_not():
    assert not unaccounted(all_blocks()), (
        "add the command to RUN with the test that runs it, or write <!-- not run: REASON --> and "
        "an empty line above the block"
    )


def test_every_block_says_its_language():
    """Else a command in it would pass unseen."""
    assert not [f"{block.page}:{block.line}" for block in all_blocks() if not block.language]


def test_a_reason_is_a_reason_and_stands_at_commands():
    for block in all_blocks():
        if block.reason is not None:
            assert len(block.reason.split()) >= 3, block
            assert block.language in SHELLS, block
            assert not unaccounted([block])
    remarks = sum(path.read_text(encoding="utf-8").count("<!-- not run: ") for path in pages())
    assert remarks == sum(block.reason is not None for block in all_blocks())


def test_the_table_has_no_row_too_many():
    used = {row for block in all_blocks() for c in block.commands() for row in rows(block.page, c)}
    assert {*RUN} == used
    shown = {(block.page, command) for block in all_blocks() for command in block.commands()}
    assert {*NOT_RUN} <= shown


@pytest.mark.parametrize("test", sorted({test for tests in RUN.values() for test in tests}))
def test_the_tests_of_the_table_exist(test):
    file, _, name = test.partition("::")
    tree = ast.parse((TOP / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_target_of_make_that_a_page_names_exists():
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    targets = {*re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)}
    for path in pages():
        text = path.read_text(encoding="utf-8")
        named = {*re.findall(r"`(?:[A-Z_]+=\S+ )*make ([a-z-]+)", text)}
        assert named <= targets, path.name


def test_the_commands_of_a_script():
    script = (
        "a b \\\n  --c  # why\n# nothing\n\ncat > x <<'E'\none # 1\nE\npython -c \"\nprint()\"\n"
    )
    assert commands(script) == [
        "a b \\\n  --c  # why",
        "cat > x <<'E'\none # 1\nE",
        'python -c "\nprint()"',
    ]
    assert commands("make   # all\n") == ["make"]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("```sh\nmake everything\n```\n", ["p.md:1: make everything"]),
        ("```console\n$ rm x\nremoved\n```\n", ["p.md:1: rm x"]),
        ("<!-- not run: nobody has it -->\n\n```bash\nrm x\n```\n", []),
        ("1. a\n\n    ```sh\n    rm x\n    ```\n", ["p.md:3: rm x"]),
        ("```sh\nmake reproduce PARAMS=my.yaml\n```\n", []),
        ("```text\nrm x\n```\n", []),
    ],
)
def test_a_command_that_no_test_runs_is_found(text, missing):
    assert unaccounted([*blocks("p.md", text)]) == missing
