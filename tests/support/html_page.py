"""Read a page of HTML, and check that it is one valid file that fetches nothing."""

import base64
import io
from html.parser import HTMLParser
from pathlib import Path

from PIL import Image

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Read(HTMLParser):
    """Elements of a page; it asserts that each is closed in the order of its opening."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        self.text += text


def read(path: Path) -> Read:
    found, text = Read(), path.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    found.feed(text)
    found.close()
    assert found.open == []
    return found


def check_closed(found: Read) -> None:
    """No element loads anything, every image can be shown and has a text, no id is there twice."""
    assert not {tag for tag, _ in found.seen} & {"script", "link", "iframe", "object", "base"}
    for tag, attributes in found.seen:
        assert not {"srcset", "href", "background", "onclick", "onerror"} & {*attributes}
        if tag == "img":
            head, _, content = str(attributes["src"]).partition(",")
            assert head == "data:image/png;base64"
            Image.open(io.BytesIO(base64.b64decode(content, validate=True))).load()
            assert attributes["alt"]
    ids = [attributes["id"] for _, attributes in found.seen if "id" in attributes]
    assert len({*ids}) == len(ids)
