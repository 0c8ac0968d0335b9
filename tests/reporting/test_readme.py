"""The README shows the committed results, word for word, and its links lead somewhere."""

import re

from small import TOP

from coupled_vae.reporting.readme import REGION, filled

TEXT = (TOP / "README.md").read_text()


def test_tables_are_those_of_results():
    assert {match[1] for match in REGION.finditer(TEXT)} == {
        "results/tables/table1.md",
        "results/tables/table2.md",
        "results/tables/images.md",
        "results/studies/priors/report/table.md",
        "results/studies/strategies/report/table.md",
        "results/studies/relaxation/report/table.md",
    }
    assert filled(TEXT) == TEXT, "run python -m coupled_vae.reporting.readme"


def test_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)#]+)\)", TEXT)
    missing = [t for t in targets if not t.startswith("http") and not (TOP / t).exists()]
    assert targets
    assert not missing
