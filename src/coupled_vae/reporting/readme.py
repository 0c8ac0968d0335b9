"""Put the rendered tables into ``README.md``: ``python -m coupled_vae.reporting.readme``."""

import re

from coupled_vae.runtime.project import TOP, use_checkout

REGION = re.compile(r"<!-- (results/\S+\.md) -->\n.*?<!-- end -->", re.DOTALL)


def filled(text: str) -> str:
    """``text`` with the present content of each table between its markers."""

    def region(match: re.Match[str]) -> str:
        table = (TOP / match[1]).read_text(encoding="utf-8").strip()
        return f"<!-- {match[1]} -->\n\n{table}\n\n<!-- end -->"

    return REGION.sub(region, text)


if __name__ == "__main__":
    use_checkout()
    readme = TOP / "README.md"
    readme.write_text(filled(readme.read_text(encoding="utf-8")), encoding="utf-8")
