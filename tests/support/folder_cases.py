"""Folders of images as readers bring them: what each is read as, or the words of its refusal."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

RNG = np.random.default_rng(1)
GREY = RNG.integers(0, 256, (6, 5, 7), dtype=np.uint8)
COLOURS = RNG.integers(0, 256, (6, 5, 7, 3), dtype=np.uint8)
ORIENTATION = 0x0112  # of EXIF

Fill = Callable[[Path], object]


def folder(
    images: Any = GREY, *more: Fill, suffix: str = "png", parts: Any = ("",), **how: Any
) -> Fill:
    """A folder of images 0.png, 1.png, ..., one after the other into the parts; then more."""

    def fill(place: Path) -> None:
        place.mkdir()
        for k, image in enumerate(images):
            path = place / parts[k % len(parts)] / f"{k}.{suffix}"
            path.parent.mkdir(exist_ok=True)
            whole = image if isinstance(image, Image.Image) else Image.fromarray(image)
            whole.save(path, **how)
        for add in more:
            add(place)

    return fill


def beside(name: str, content: bytes | Any = b"") -> Fill:
    """A further file, of bytes or of an image."""

    def add(place: Path) -> None:
        (place / name).parent.mkdir(exist_ok=True)
        if isinstance(content, bytes):
            (place / name).write_bytes(content)
        else:
            content.save(place / name)

    return add


def as_mode(mode: str, images: Any = COLOURS) -> list[Image.Image]:
    return [Image.fromarray(image).convert(mode) for image in images]


def with_alpha(alpha: int) -> list[Image.Image]:
    found = as_mode("RGBA")
    for image in found:
        image.putalpha(alpha)
    return found


def turned() -> Image.Exif:
    """A camera that was held upright: to be shown a quarter turn to the right."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    return exif


def broken(size: int) -> Fill:
    """The third image without its end."""

    def cut(place: Path) -> None:
        path = sorted(place.iterdir())[2]
        path.write_bytes(path.read_bytes()[:size])

    return cut


def linked(path: Path) -> None:
    """A link to an image outside of the folder."""
    Image.fromarray(GREY[5]).save(path.parent.parent / "elsewhere.png")
    path.symlink_to("../elsewhere.png")


def frames(place: Path) -> None:
    first, *rest = (Image.fromarray(image) for image in GREY)
    first.save(place / "many.gif", save_all=True, append_images=rest)


BINARY = np.where(GREY > 99, 255, 0).astype(np.uint8)
FULL = GREY / 255
TURNED = np.rot90(GREY, -1, axes=(1, 2))

READ: dict[str, tuple[Fill, dict[str, Any], Any, str]] = {
    # name: what fills the folder, other arguments, values expected, words of the note
    "grey": (folder(), {}, FULL, "uint8 (6, 5, 7) read as images, divided by 255"),
    "colours": (folder(COLOURS), {}, COLOURS / 255, "uint8 (6, 5, 7, 3) read as images"),
    "bmp": (folder(suffix="bmp"), {}, FULL, ""),
    "gif": (folder(BINARY, suffix="gif"), {}, BINARY / 255, ""),
    "capitals": (folder(suffix="PNG"), {}, FULL, ""),
    "jpg_by_its_name": (folder(suffix="jpg", format="PNG"), {}, FULL, ""),
    "one_bit": (folder(as_mode("1", BINARY)), {}, BINARY / 255, ""),
    "palette": (folder([i.quantize(256) for i in as_mode("RGB")]), {}, COLOURS / 255, ""),
    "opaque": (folder(with_alpha(255)), {}, COLOURS / 255, ""),
    "opaque_grey": (folder(as_mode("LA", GREY)), {}, FULL, ""),
    "turned": (folder(exif=turned()), {}, TURNED / 255, ""),
    "classes": (folder(parts=("elk", "wolf")), {}, FULL, "'elk' is 0"),
    "one_part": (folder(parts=("all",)), {}, FULL, ""),
    "hidden": (folder(GREY, beside(".a.png"), beside(".git/b.png")), {}, FULL, ""),
    "notes": (
        *(folder(GREY, beside("notes.txt"), beside("Thumbs.db")), {}, FULL),
        "2 files left out that are no images, such as 'Thumbs.db'",
    ),
    "some_grey": (
        folder([*COLOURS[:5], COLOURS[5, ..., 0]]),
        {},
        np.concatenate([COLOURS[:5], np.repeat(COLOURS[5:, ..., :1], 3, axis=3)]) / 255,
        "1 grey image read as colours",
    ),
    "strange_names": (folder(GREY[:5], beside("ü {a} 'b'.png", Image.fromarray(GREY[5]))), {},
                      FULL, ""),
    "linked_file": (
        folder(GREY[:5], lambda place: linked(place / "x.png")),
        {},
        FULL,
        "",
    ),
    "empty_part": (folder(GREY, lambda place: (place / "empty").mkdir()), {}, FULL, ""),
}  # fmt: skip

SIXTEEN = [Image.fromarray(image.astype(np.uint16) * 200) for image in GREY]
REAL = [Image.fromarray(image.astype(np.float32)) for image in GREY]
SMALL = Image.fromarray(GREY[0, :4])

REFUSED: dict[str, tuple[Fill, dict[str, Any], str]] = {
    "empty": (folder([]), {}, "a folder without an image; choices are .png, .jpg"),
    "only_text": (folder([], beside("a.txt")), {}, "a folder without an image"),
    "only_hidden": (folder([], beside(".a.png")), {}, "a folder without an image"),
    "one_image": (folder(GREY[:1]), {}, "has 1 row"),
    "equal_images": (folder([GREY[0]] * 3), {}, "all rows are equal"),
    "other_size": (
        folder(GREY, beside("9.png", SMALL)),
        {},
        "9.png: 7 wide and 4 high, but 0.png is 7 wide and 5 high; bring all to one size, as by",
    ),
    "turned_size": (
        folder(GREY, lambda place: Image.fromarray(GREY[0]).save(place / "9.png", exif=turned())),
        {},
        "9.png: 5 wide and 7 high",
    ),
    "narrow": (folder(GREY[:, :, :3]), {}, "4 pixels or more on a side"),
    "truncated": (folder(GREY, broken(60)), {}, "2.png: no image can be read"),
    "truncated_jpg": (folder(COLOURS, broken(300), suffix="jpg"), {}, "2.jpg: no image can be"),
    "pipe": (folder(GREY, lambda place: os.mkfifo(place / "x.png")), {}, "x.png: no regular file"),
    "broken_link": (
        folder(GREY, lambda place: (place / "x.png").symlink_to("nothing.png")),
        {},
        "x.png: no regular file; take it out of the folder",
    ),
    "nothing_in_it": (folder(GREY, broken(0)), {}, "2.png: no image can be read (its content is"),
    "text_as_image": (folder(GREY, beside("a.png", b"hello")), {}, "content is none of BMP, GIF,"),
    "webp_as_png": (folder(as_mode("RGB"), format="webp"), {}, "content is none of BMP"),
    "four_inks": (folder(as_mode("CMYK"), suffix="jpg"), {}, "mode CMYK has four inks; store it"),
    "sixteen_bits": (folder(SIXTEEN), {}, "has whole numbers of more than eight bits"),
    "real": (folder(REAL, suffix="png", format="TIFF"), {}, "content is none of"),
    "transparent": (folder(with_alpha(128)), {}, "0.png: has transparent pixels; put it on a"),
    "palette_transparent": (
        folder([i.quantize(9) for i in as_mode("RGB")], transparency=0),
        {},
        "has transparent pixels",
    ),
    "several_frames": (folder([], frames), {}, "many.gif: 6 images in one file"),
    "some_without_class": (
        folder(GREY, beside("9.png", SMALL), parts=("a", "b")),
        {},
        "1 image beside sub-folders of images, so of no class",
    ),
    "newline": (folder(GREY, beside("a\nb.png")), {}, "the name has a line break; rename it"),
    "no_text": (
        folder(GREY, lambda place: Path(os.fsdecode(bytes(place) + b"/\xff.png")).write_bytes(b"")),
        {},
        "the name has the control character U+DCFF; rename it",
    ),
    "label": (folder(), {"label": "y"}, "label 'y' is not of a folder of images"),
    "array": (folder(), {"array": "y"}, "array 'y' is not of a folder of images"),
    "columns": (folder(), {"columns": ["y"]}, "columns ['y'] is not of a folder"),
    "centres": (folder(), {"centres": "c", "std": 1.0}, "centres 'c' is not of a folder"),
    "standardised": (folder(), {"standardise": True}, "are images, and standardise is of points"),
    "without_seed": (folder(), {"binarise": None}, "write a seed, such as seed: 1, or binarise: f"),
    "too_few_held_out": (folder(), {"held_out": 0.2, "seed": 1}, "held_out 0.2 of 6 rows is 1"),
}
