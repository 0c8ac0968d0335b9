"""Draw ``docs/architecture.svg`` from the code: ``python docs/architecture.py``.

Each room is a package of ``src/coupled_vae``; its text is the package's docstring. The matrix has a
dot where a room imports another one. The order of the rooms is the one that import-linter holds
(``pyproject.toml``).
"""

import ast
import tomllib
from html import escape
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
PACKAGE = TOP / "src" / "coupled_vae"
PICTURE = TOP / "docs" / "architecture.svg"

ROW, BOX, CELL, LEFT, HEAD = 58, 560, 46, 12, 92  # pixels
FONT = "font-family='Helvetica, Arial, sans-serif'"
COLOURS = {"run": "#4c78a8", "plan": "#4c78a8", "runtime": "#777777"}
USUAL = "#3a7d5c"


def rooms() -> list[str]:
    """The rooms from top to bottom; those on one level one after the other."""
    settings = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(own["layers"] for own in contracts if own["type"] == "layers")
    return [room.strip() for layer in layers for room in layer.split("|")]


def arrows() -> set[tuple[str, str]]:
    """Pairs of a room and another one that it imports from."""
    found = set()
    for room in rooms():
        for file in (PACKAGE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_bytes())):
                if isinstance(node, ast.ImportFrom) and node.module:
                    package, *names = node.module.split(".")
                    if package == "coupled_vae" and names and names[0] != room:
                        found.add((room, names[0]))
    return found


def described(room: str) -> tuple[str, int]:
    """What a room's docstring says of it, and the number of its modules."""
    modules = [file for file in (PACKAGE / room).rglob("*.py") if file.name != "__init__.py"]
    text = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_bytes())) or ""
    return text.splitlines()[0].replace("``", ""), len(modules)


def picture() -> str:
    """The picture as SVG."""
    names, found = rooms(), arrows()
    width = LEFT + BOX + 20 + CELL * len(names) + 30
    height = HEAD + ROW * len(names) + 4
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' {FONT}>",
        f"<rect width='{width}' height='{height}' fill='white'/>",
        f"<text x='{LEFT}' y='28' font-size='17' font-weight='bold'>The rooms of coupled_vae"
        "</text>",
        f"<text x='{LEFT}' y='50' font-size='12' fill='#444'>A room imports from rooms below it. "
        "Right: what the room of each line imports.</text>",
    ]
    for i, room in enumerate(names):
        parts += [*_box(room, HEAD + ROW * i), *_row(room, i, names, found)]
        x = LEFT + BOX + 20 + CELL * i + CELL / 2
        parts.append(
            f"<text transform='translate({x + 4} {HEAD - 8}) rotate(-40)' font-size='11'>"
            f"{room}</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


def _box(room: str, y: int) -> list[str]:
    text, modules = described(room)
    colour = COLOURS.get(room, USUAL)
    return [
        f"<rect x='{LEFT}' y='{y}' width='{BOX}' height='{ROW - 10}' rx='5' fill='{colour}'/>",
        f"<text x='{LEFT + 12}' y='{y + 20}' font-size='14' font-weight='bold' fill='white'>{room}"
        f"</text><text x='{LEFT + BOX - 12}' y='{y + 20}' font-size='11' fill='white' "
        f"text-anchor='end'>{modules} modules</text>",
        f"<text x='{LEFT + 12}' y='{y + 38}' font-size='11' fill='white'>{escape(text)}</text>",
    ]


def _row(room: str, i: int, names: list[str], found: set[tuple[str, str]]) -> list[str]:
    parts, y = [], HEAD + ROW * i + (ROW - 10) / 2
    for j, other in enumerate(names):
        x = LEFT + BOX + 20 + CELL * j + CELL / 2
        if i == j:
            parts.append(f"<rect x='{x - 4}' y='{y - 4}' width='8' height='8' fill='#dddddd'/>")
        elif (room, other) in found:
            colour = COLOURS.get(other, USUAL)
            parts.append(f"<circle cx='{x}' cy='{y}' r='9' fill='{colour}'/>")
    return parts


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
