"""A hook of MkDocs: formulas become MathML, which a browser shows without any script."""

import re
from html import unescape
from typing import Any

from latex2mathml.converter import convert
from mkdocs.exceptions import PluginError

# What pymdownx.arithmatex writes in its generic mode.
FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\s*'
    r"\\[(\[](?P<tex>.*?)\\[)\]]\s*</(?P=tag)>",
    re.DOTALL,
)
DISPLAYED = {"span": "inline", "div": "block"}


def on_page_content(html: str, page: Any, **_: Any) -> str:  # noqa: ANN401
    """The page with every formula as MathML."""

    def formula(match: re.Match[str]) -> str:
        tag, tex = match["tag"], unescape(match["tex"]).strip()
        try:
            return f"<{tag}>{convert(tex, display=DISPLAYED[tag])}</{tag}>"
        except Exception as error:  # the library has many kinds
            raise PluginError(f"{page.file.src_uri}: no formula: {tex!r}: {error}") from error

    return FORMULA.sub(formula, html)
