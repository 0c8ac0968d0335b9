"""Build a tree from the events of YAML's parser, and refuse what the project does not read.

A tree of a few lines can fill the memory by its aliases, or a reader's stack by its depth: so the
bounds are kept while it grows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from coupled_vae.config.yaml_scalars import AmbiguousError, value_of
from coupled_vae.runtime.errors import hidden_character, one_line

MAX_DEPTH = 30
MAX_VALUES = 100_000  # an alias counts as what it stands for

STANDARD_TAG = "tag:yaml.org,2002:"


class RefusedError(Exception):
    """Why a file is refused, and the line, from 1; 0 where there is none."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(kw_only=True)
class _Open:
    """A list or mapping that is being read.

    Attributes:
        value: What it holds so far.
        anchor: Its name for aliases, if it has one.
        in_flow: Whether it is written, or what it is in, with brackets.
        key: Of a mapping, the key whose value comes next.
        count: Values in it, itself included, aliases as what they stand for.
        height: Levels below it.
    """

    value: dict[str, Any] | list[Any]
    anchor: str | None
    in_flow: bool
    key: str | None = None
    count: int = 1
    height: int = 0


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What an alias stands for; ``count`` is zero while that is being read."""

    value: Any
    count: int
    height: int


@dataclass
class Builder:
    """Builds a tree from the parser's events, of which ``text`` is the source."""

    text: str
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, _Known] = field(default_factory=dict)
    documents: list[Any] = field(default_factory=list)
    total: int = 0
    line: int = 0

    def add(self, event: Any) -> None:  # noqa: ANN401
        """Take the next event."""
        self.line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._begin_document(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(str(event.anchor))
        elif isinstance(event, yaml.ScalarEvent):
            self._check(event)
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._check(event)
            self._open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()

    def root(self) -> dict[str, Any]:
        """The whole."""
        if not self.documents:
            raise RefusedError("empty; it must hold the parameters")
        (tree,) = self.documents
        if not isinstance(tree, dict):
            raise RefusedError(f"holds {_name(tree)}; it must hold keys and values")
        return tree

    def _begin_document(self, event: yaml.DocumentStartEvent) -> None:
        if self.documents:
            raise self._refused("a second document (---); write all parameters in one")
        if event.version or event.tags:
            raise self._refused("a directive (%) is not supported; delete it")

    def _check(self, event: Any) -> None:  # noqa: ANN401
        """Tags and anchors, which any value may have."""
        if event.tag is not None:
            tag = event.tag.replace(STANDARD_TAG, "!!")
            raise self._refused(f"the tag {tag} is not supported; write the value without it")
        if event.anchor is None:
            return
        if event.anchor in self.anchors:
            raise self._refused(f"the anchor &{event.anchor} stands twice; rename one")
        if self._wants_key():
            raise self._refused(f"a key with the anchor &{event.anchor}; anchors are for values")
        self.anchors[event.anchor] = _Known(value=None, count=0, height=0)

    def _alias(self, name: str) -> None:
        if self._wants_key():
            raise self._refused(f"the alias *{name} as a key; write the key itself")
        known = self.anchors.get(name)
        if known is None:
            raise self._refused(f"the alias *{name} has no anchor &{name} before it")
        if known.count == 0:
            raise self._refused(f"the alias *{name} stands within its own anchor &{name}")
        self._put(known.value, known.count, known.height)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if self._wants_key():
            self._key(event)
            return
        value = self._value(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Known(value=value, count=1, height=0)
        self._put(value, 1, 0)

    def _key(self, event: yaml.ScalarEvent) -> None:
        if event.implicit[0] and event.value == "<<":
            raise self._refused(
                "merge keys (<<) are not supported; write the keys out, or share a whole value by "
                "an anchor (&name) and an alias (*name)"
            )
        key, mapping = self._value(event), self.stack[-1]
        if not isinstance(key, str):
            raise self._refused(f"the key {event.value or 'null'} is no text; write it in quotes")
        if key in mapping.value:
            raise self._refused(f"key {key!r} stands twice")
        mapping.key = key

    def _value(self, event: yaml.ScalarEvent) -> Any:  # noqa: ANN401
        text = event.value
        if hidden := hidden_character(text):
            raise self._refused(f"a text with {hidden}; delete it")
        if not event.implicit[0]:
            return text
        if text == "<<":
            raise self._refused("<< stands for a merge key, which is not supported")
        if "?" in text and self._in_flow():  # the start of a key to some parsers
            raise self._refused(f"{text} within brackets; write it in quotes")
        try:
            return value_of(text)
        except AmbiguousError as error:
            raise self._refused(str(error)) from None

    def _open(self, event: Any) -> None:  # noqa: ANN401
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if self._wants_key():
            kind = "mapping {...}" if is_mapping else "list [...]"
            raise self._refused(f"a {kind} as a key; write a text, in quotes if it has brackets")
        if len(self.stack) >= MAX_DEPTH:
            raise self._refused(f"more than {MAX_DEPTH} levels of lists and mappings")
        in_flow = event.flow_style or self._in_flow()
        # A pair without braces, [a: b], is not read alike everywhere.
        if is_mapping and self._in_flow() and self.text[event.start_mark.index] not in "{&":
            raise self._refused("a key within [...]; write {key: value}")
        value: dict[str, Any] | list[Any] = {} if is_mapping else []
        self.stack.append(_Open(value=value, anchor=event.anchor, in_flow=in_flow))

    def _close(self) -> None:
        own = self.stack.pop()
        if own.anchor is not None:
            self.anchors[own.anchor] = _Known(value=own.value, count=own.count, height=own.height)
        self._put(own.value, own.count, own.height, counted=own.count - 1)

    def _put(self, value: Any, count: int, height: int, counted: int = 0) -> None:  # noqa: ANN401
        """Place a value where it belongs; ``counted`` of its values are in the total already."""
        self.total += count - counted
        if self.total > MAX_VALUES:
            raise self._refused(f"more than {MAX_VALUES} values, an alias counted as what it means")
        if len(self.stack) + height > MAX_DEPTH:
            raise self._refused(f"more than {MAX_DEPTH} levels of lists and mappings")
        if not self.stack:
            self.documents.append(value)
            return
        parent = self.stack[-1]
        parent.count += count
        parent.height = max(parent.height, height + 1)
        if isinstance(parent.value, list):
            parent.value.append(value)
        else:
            assert parent.key is not None, "the key came before"
            parent.value[parent.key], parent.key = value, None

    def _in_flow(self) -> bool:
        return bool(self.stack) and self.stack[-1].in_flow

    def _wants_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and not self._has_key()

    def _has_key(self) -> bool:
        return self.stack[-1].key is not None

    def _refused(self, reason: str) -> RefusedError:
        where = ".".join(self._keys())
        return RefusedError(f"{where}: {reason}" if where else reason, self.line)

    def _keys(self) -> Iterator[str]:
        for own in self.stack:
            if isinstance(own.value, list):
                yield str(len(own.value))
            elif own.key is not None:
                yield one_line(own.key, 60)


def _name(value: object) -> str:
    return "a list" if isinstance(value, list) else f"the one value {value!r}"
