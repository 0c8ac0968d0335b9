"""The documentation site is built without a warning, and reads from the disk alone."""

import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import markdown_it
import pytest
from small import TOP

NEEDED = ("mkdocs", "material", "mkdocstrings", "latex2mathml", "nbconvert")
LACKING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
# What a browser fetches by itself, and the attribute that says from where.
FETCHED = {
    **dict.fromkeys(("script", "img", "iframe", "source", "audio", "video", "embed"), "src"),
    "object": "data",
}
# Relations of <link> that are addresses for a reader or a search engine, and no request.
NO_REQUEST = {"canonical", "next", "prev", "alternate"}

NAMED = {"README.md": "index.html", "CONTRIBUTING.md": "contributing.html"}
PAGES = [TOP / name for name in NAMED] + [
    path for path in sorted((TOP / "docs").rglob("*.md")) if "\n::: " not in path.read_text("utf-8")
]

built = pytest.mark.skipif(bool(LACKING), reason=f"no {', '.join(LACKING)}; make docs installs it")


class Page(HTMLParser):
    """What a page fetches, its text and its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.text: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        if found.get(FETCHED.get(tag, "")):
            self.fetched.append(found[FETCHED[tag]] or "")
        if tag == "link" and not NO_REQUEST & {*(found.get("rel") or "").split()}:
            self.fetched.append(found.get("href") or "")
        self.fetched += re.findall(r"url\(([^)]*)\)", found.get("style") or "")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(
        command,
        cwd=TOP,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def pages(site: Path) -> dict[str, Page]:
    files = sorted(site.rglob("*.html"))
    return {str(path.relative_to(site)): Page(path.read_text("utf-8")) for path in files}


def is_remote(address: str) -> bool:
    return re.match(r"\s*['\"]?(https?:)?//", address) is not None


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://example.org/a.js"></script>',
        '<img src="//example.org/a.png">',
        '<link rel="stylesheet" href="http://example.org/a.css">',
        '<div style="background: url(https://example.org/a.png)"></div>',
    ],
)
def test_a_request_is_found(text):
    assert any(is_remote(address) for address in Page(text).fetched)


def test_a_link_is_no_request():
    page = Page('<a href="https://arxiv.org">paper</a><link rel="canonical" href="https://a.org">')
    assert page.fetched == []


@built
def test_no_page_asks_the_network_for_anything(site):
    found = {
        (name, address)
        for name, page in pages(site).items()
        for address in page.fetched
        if is_remote(address)
    }
    assert not found
    for path in site.rglob("*.css"):
        for address in re.findall(r"(?:@import\s+|url\()([^);]+)", path.read_text("utf-8")):
            assert not is_remote(address), path


@built
def test_what_a_page_fetches_is_in_the_site(site):
    for name, page in pages(site).items():
        # The page of errors has addresses from the root of a server.
        for address in [] if name == "404.html" else page.fetched:
            if not address.startswith("data:"):
                target = (site / name).parent / re.sub(r"[?#].*", "", address)
                assert target.is_file(), f"{name}: {address}"


@built
def test_every_page_of_the_repository_is_a_page_of_the_site(site):
    named = [TOP / "docs", *(TOP / "docs").rglob("*.md"), *(TOP / "docs").rglob("*.ipynb")]
    for path in named[1:]:
        page = (site / path.relative_to(named[0])).with_suffix(".html")
        assert page.is_file(), page
    for name in ("index", "contributing", "changelog", "decisions/index", "notebooks/index"):
        assert (site / f"{name}.html").is_file()


@built
def test_the_first_page_is_the_readme_with_its_results(site):
    text = (site / "index.html").read_text("utf-8")
    assert "files/results/figures/figure1.png" in text
    assert (site / "files/results/figures/figure1.png").read_bytes() == (
        TOP / "results/figures/figure1.png"
    ).read_bytes()
    assert 'href="own-data.html"' in text
    assert 'href="files/CITATION.cff.html"' in text


def structure(html: str) -> list[str]:
    """Headings, lists, tables and blocks of code, in order; what closes a list is seen too."""
    marks = re.findall(r"<(h[1-6]|/?[uo]l|li|table|tr|blockquote|pre)\b", html)
    return [mark for mark in marks if mark != "/li"]


@built
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_has_the_form_that_github_gives_it(site, path):
    """Python-Markdown wants an empty line before a list, and four spaces before a nested one."""
    text = path.read_text("utf-8")
    github = markdown_it.MarkdownIt("commonmark").enable("table").render(text)
    name = NAMED.get(path.name) or str(path.relative_to(TOP / "docs").with_suffix(".html"))
    page = site / name
    article = page.read_text("utf-8").split("<article")[1].split("</article>")[0]
    # Formulas are no blocks of code on the site.
    github = re.sub(r'<pre><code class="language-math">', "", github)
    assert structure(article) == structure(github)


@built
def test_formulas_are_mathml_and_none_is_left_as_text(site):
    for name, page in pages(site).items():
        text = "".join(page.text)
        assert "arithmatex" not in (site / name).read_text("utf-8"), name
        assert ":math:" not in text, name
    assert pages(site)["api.html"].tags.count("math") > 5
