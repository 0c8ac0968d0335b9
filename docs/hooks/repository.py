"""A hook of MkDocs: links of README and docs work on the site as they do in the repository.

Pages keep the links that GitHub understands, such as ``../results/tables/table1.md``. What such a
link names outside docs becomes a part of the site: a picture as it is, a Markdown file as a page,
any other text as a page that shows it. README is the first page, and notebooks are pages.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
from mkdocs.structure.files import File, Files
from nbconvert import MarkdownExporter

TOP = Path(__file__).resolve().parents[2]
DOCS = "docs"
# Pages of the site that are files beside docs.
NAMED = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "docs/decisions": "decisions/index.md",
    "docs/notebooks": "notebooks/index.md",
}
PICTURES = (".png", ".svg", ".jpg")
# A link or a picture, and code, in which neither is one.
LINK = re.compile(r"(?P<before>\]\()(?P<to>[^)\s#]+)(?P<anchor>#[^)\s]*)?(?=\))")
CODE = re.compile(r"^ *(`{3,}).*?^ *\1 *$|`[^`\n]+`", re.DOTALL | re.MULTILINE)


def on_files(files: Files, config: Any, **_: Any) -> Files:  # noqa: ANN401
    """Add to the site what stands outside docs: named pages, notebooks, targets of links."""
    waiting = {*NAMED, *_notebooks()}
    waiting |= {f"{DOCS}/{file.src_uri}" for file in files.documentation_pages()}
    done: set[str] = set()
    while waiting:
        done |= waiting
        for name in sorted(waiting):
            for uri, content in _parts(name):
                if files.get_file_from_path(uri) is None:
                    files.append(File.generated(config, uri, content=content))
        found = {target for name in waiting for target in _targets(name)}
        waiting = found - done
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:  # noqa: ANN401
    """The text of a page with links to places of the site."""
    place = _place(page.file.src_uri)
    here = os.path.dirname(page.file.src_uri)

    def link(match: re.Match[str]) -> str:
        name = _target(place, match["to"])
        if name is None:
            return match[0]
        return match["before"] + os.path.relpath(_uri(name), here or ".") + (match["anchor"] or "")

    return _outside_code(markdown, link)


def _outside_code(text: str, link: Callable[[re.Match[str]], str]) -> str:
    """The text with each link replaced that is not a part of code."""
    code = [match.span() for match in CODE.finditer(text)]

    def outside(match: re.Match[str]) -> str:
        inside = any(start <= match.start() and match.end() <= end for start, end in code)
        return match[0] if inside else link(match)

    return LINK.sub(outside, text)


def _notebooks() -> set[str]:
    return {f"{DOCS}/notebooks/{path.name}" for path in (TOP / DOCS / "notebooks").glob("*.ipynb")}


def _uri(name: str) -> str:
    """Where the site has a file or a folder of the repository."""
    if name in NAMED:
        return NAMED[name]
    inside = name.removeprefix(f"{DOCS}/")
    if inside != name:
        return re.sub(r"\.ipynb$", ".md", inside)
    shown = name.endswith((".md", *PICTURES))
    return f"files/{name}" if shown else f"files/{name}.md"


def _place(uri: str) -> str:
    """The file of the repository that a page of the site shows."""
    names = {page: name for name, page in NAMED.items()}
    notebook = f"{DOCS}/{PurePosixPath(uri).with_suffix('.ipynb')}"
    if uri in names:
        return names[uri]
    if notebook in _notebooks():
        return notebook
    if not uri.startswith("files/"):
        return f"{DOCS}/{uri}"
    name = uri.removeprefix("files/")
    return name if (TOP / name).is_file() else name.removesuffix(".md")


def _target(place: str, link: str) -> str | None:
    """The file or folder of the repository that a link names; None if it names none."""
    if not link or ":" in link or link.startswith("/"):
        return None
    name = os.path.normpath(os.path.join(os.path.dirname(place), link))
    return name if (TOP / name).exists() and not name.startswith("..") else None


def _targets(name: str) -> Iterator[str]:
    """What a page of the repository links to."""
    path = TOP / name
    if path.suffix not in (".md", ".ipynb"):
        return
    found: list[str | None] = []

    def add(match: re.Match[str]) -> str:
        found.append(_target(name, match["to"]))
        return match[0]

    _outside_code(path.read_text(encoding="utf-8"), add)
    yield from (target for target in found if target is not None)


def _parts(name: str) -> Iterator[tuple[str, str | bytes]]:
    """Files of the site that show a file or a folder of the repository, with their contents."""
    path, uri = TOP / name, _uri(name)
    if path.is_dir():
        yield uri, _listing(path)
    elif path.suffix == ".ipynb":
        yield from _converted(path, uri)
    elif path.suffix == ".md":
        yield uri, path.read_text(encoding="utf-8")
    elif path.suffix in PICTURES:
        yield uri, path.read_bytes()
    else:
        yield uri, _shown(name, path.read_text(encoding="utf-8"))


def _listing(folder: Path) -> str:
    """A page that lists the pages of a folder; its links are those of a page beside the folder."""
    pages = [path for path in sorted(folder.iterdir()) if path.suffix in (".md", ".ipynb")]
    lines = [f"- [{_title(path)}]({folder.name}/{path.name})" for path in pages]
    return "\n".join([f"# {folder.name.capitalize()}", "", *lines, ""])


def _title(path: Path) -> str:
    """The first heading of a page."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = nbformat.reads(text, as_version=4).cells[0].source
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return found[1] if found else path.stem


def _converted(path: Path, uri: str) -> Iterator[tuple[str, str | bytes]]:
    """A notebook as a page, with the outputs it holds, and its pictures."""
    folder = f"{path.stem}_files"
    resources = {"unique_key": path.stem, "output_files_dir": folder}
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["language_info"] = {"name": "python"}  # by which code is coloured
    text, found = MarkdownExporter().from_notebook_node(notebook, resources=resources)
    yield uri, text
    for name, content in found["outputs"].items():
        yield f"{os.path.dirname(uri)}/{name}", content


def _shown(name: str, text: str) -> str:
    """A page with the text of a file that is no page."""
    language = {".py": "python", ".yaml": "yaml", ".cff": "yaml"}.get(Path(name).suffix, "text")
    return f"# {name}\n\n````{language}\n{text.rstrip()}\n````\n"
