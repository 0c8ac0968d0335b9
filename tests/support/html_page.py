"""Read a page of HTML, and check that it is one valid file that fetches nothing."""

import base64
import hashlib
import html
import io
import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from PIL import Image

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Read(HTMLParser):
    """Elements of a page; it asserts that each is closed in the order of its opening."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        if self.open[-1:] == ["script"]:
            self.scripts.append(text)
        else:
            self.text += text


def read(path: Path) -> Read:
    found, text = Read(), path.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    found.feed(text)
    found.close()
    assert found.open == []
    return found


def check_closed(found: Read) -> None:
    """No element loads anything, every image can be shown and has a text, no id is there twice.

    A script is inside the page, and the page allows it by its SHA-256 and no other.
    """
    assert not {tag for tag, _ in found.seen} & {"link", "iframe", "object", "base"}
    assert not [attributes for tag, attributes in found.seen if tag == "script" and attributes]
    policy = next(a["content"] for _, a in found.seen if "Content-Security-Policy" in a.values())
    digests = [hashlib.sha256(text.encode()).digest() for text in found.scripts]
    allowed = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
    assert re.findall("script-src ([^;]*)", str(policy)) == allowed
    for tag, attributes in found.seen:
        assert not {"srcset", "background", "onclick", "onerror"} & {*attributes}
        if tag == "img":
            head, _, content = str(attributes["src"]).partition(",")
            assert head == "data:image/png;base64"
            Image.open(io.BytesIO(base64.b64decode(content, validate=True))).load()
            assert attributes["alt"]
    ids = [attributes["id"] for _, attributes in found.seen if "id" in attributes]
    assert len({*ids}) == len(ids)
    targets = {str(attributes["href"]) for _, attributes in found.seen if "href" in attributes}
    assert targets <= {f"#{name}" for name in ids}


HARNESS = """<!DOCTYPE html><title>Measures a page</title>
<iframe id="page" width="{width}" height="800" src="{source}"></iframe><pre id="found"></pre>
<script>
addEventListener("load", () => {{
  const page = document.getElementById("page").contentDocument, root = page.documentElement;
  const images = [...page.images];
  const said = [];
  {{ {actions} }}
  document.getElementById("found").textContent = JSON.stringify({{
    images: images.length, decoded: images.filter((i) => i.naturalWidth > 0).length,
    width: root.scrollWidth, text: page.body.innerText.length,
    said, requests: page.defaultView.performance.getEntriesByType("resource")
      .filter((e) => !e.name.startsWith("data:")).length,
  }});
}});
</script>
"""


def in_browser(path: Path, width: int, actions: str = "") -> dict[str, Any]:
    """What Chromium finds of a page, shown in a window of some width.

    Args:
        path: The page.
        width: Of the window, in pixels.
        actions: JavaScript that runs once the page is loaded; ``page`` is the document, ``said`` a
            list for what it finds.

    Returns:
        ``images``, and how many of them were ``decoded``; the ``width`` that the content needs;
        ``text``, its characters; ``requests`` for other files; what the actions put into ``said``.

    Raises:
        AssertionError: The browser wrote an error to its console.
    """
    harness = path.with_name(f"harness_{width}.html")
    harness.write_text(
        HARNESS.format(width=width, source=path.name, actions=actions), encoding="utf-8"
    )
    done = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--allow-file-access-from-files", "--enable-logging=stderr", "--log-level=0"),
            *("--virtual-time-budget=5000", f"--user-data-dir={path.parent / 'browser'}"),
            *("--dump-dom", harness.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "CONSOLE" not in done.stderr, done.stderr
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout)
    assert found is not None, done.stdout[-500:]
    measured: dict[str, Any] = json.loads(html.unescape(found[1]))
    return measured
