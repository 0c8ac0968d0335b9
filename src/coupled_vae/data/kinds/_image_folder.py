"""Read a folder of images; the names of its sub-folders are the classes.

This is the layout of ``torchvision.datasets.ImageFolder``. Without sub-folders, and with only one,
the images have no classes.
"""

import os
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from coupled_vae.data.contract import Notes, count, short
from coupled_vae.data.kinds._arrays import require_size
from coupled_vae.runtime.errors import UserError, hidden_character

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".bmp": "BMP", ".gif": "GIF"}
GREY, COLOUR = ("1", "L"), "RGB"
# Modes of Pillow by what is stored in their place; all others have an equal of eight bits.
_OTHER_MODES = {
    "CMYK": "four inks; store it as RGB",
    "I": "whole numbers of more than eight bits; store it with eight bits a channel",
    "F": "real numbers; store the images as one array, in an .npy",
}


@dataclass(frozen=True)
class ImageFile:
    """An image of a folder, and the sub-folder that it is in; empty for the folder itself."""

    path: Path
    part: str


@dataclass(frozen=True)
class Listing:
    """The images of a folder, sorted by name, and the names of other files."""

    images: list[ImageFile]
    others: list[str]


@dataclass(frozen=True)
class Images:
    """Images ``(n, h, w)`` or ``(n, h, w, 3)`` of eight bits, names of classes, notes."""

    data: NDArray[np.uint8]
    label: list[str] | None
    notes: Notes


def listed(folder: Path) -> Listing:
    """The images of a folder and of all below it, without hidden ones.

    Raises:
        UserError: An image's name cannot be written down.
    """
    images, others = list[ImageFile](), list[str]()
    for place, names, files in os.walk(folder, onerror=_refuse):
        inner = Path(place).relative_to(folder).parts
        linked = [name for name in names if os.path.islink(os.path.join(place, name))]
        names[:] = [name for name in names if not name.startswith((".", "__"))]
        for name in (*linked, *files):
            path = Path(place, name)
            if name[0] == ".":
                continue
            if path.suffix.lower() in FORMATS and name not in linked:
                images.append(ImageFile(path, inner[0] if inner else ""))
            else:
                others.append("/".join((*inner, name)))
    for name in (str(image.path) for image in images):
        if not name.isprintable() and (hidden := hidden_character(name)):
            raise UserError(f"{short(name, 200)}: the name has {hidden}; rename it")
    return Listing(sorted(images, key=lambda image: image.path.parts), sorted(others))


def _refuse(error: OSError) -> None:
    raise UserError(f"{error.filename}: cannot be read: {error.strerror}") from error


def read(folder: Path) -> Images:
    """All images of a folder.

    Raises:
        UserError: One line: no image, one that is damaged, or one unlike the first.
    """
    listing = listed(folder)
    if not listing.images:
        raise UserError(f"{folder}: a folder without an image; choices are {', '.join(FORMATS)}")
    images = _in_turn(listing.images)
    label = _classes([image.part for image in images], folder)
    arrays, modes = _arrays(images, folder)
    notes = [*_left_out(listing.others), *_modes(modes)]
    if COLOUR in modes:
        arrays = [_coloured(array) for array in arrays]
    return Images(np.stack(arrays), label, notes)


def _in_turn(images: list[ImageFile]) -> list[ImageFile]:
    """The first image of every sub-folder, then the second ones, and so on.

    Else the first data, which figures show, would all be of one class.
    """
    seen: Counter[str] = Counter()
    places = []
    for image in images:
        places.append((seen[image.part], image.part))
        seen[image.part] += 1
    return [image for _, image in sorted(zip(places, images, strict=True), key=lambda p: p[0])]


def _classes(parts: list[str], folder: Path) -> list[str] | None:
    if len(set(parts)) < 2:
        return None
    if "" in parts:
        raise UserError(
            f"{folder}: {count(parts.count(''), 'image')} beside sub-folders of images, so of no "
            "class; move them into a sub-folder"
        )
    return parts


def _left_out(others: list[str]) -> Notes:
    if not others:
        return []
    return [f"{count(len(others), 'file')} left out that are no images, such as {short(others[0])}"]


def _modes(modes: Counter[str]) -> Notes:
    if len(modes) < 2:
        return []
    return [f"{count(modes.total() - modes[COLOUR], 'grey image')} read as colours"]


def _arrays(
    images: Iterable[ImageFile], folder: Path
) -> tuple[list[NDArray[np.uint8]], Counter[str]]:
    """The images, and how many are grey and how many in colours; memory is limited."""
    arrays: list[NDArray[np.uint8]] = []
    modes: Counter[str] = Counter()
    first, total = "", 0
    for image in images:
        picture = _open(image.path)
        array = np.asarray(picture, np.uint8)
        if arrays and array.shape[:2] != arrays[0].shape[:2]:
            raise UserError(
                f"{image.path}: {_size(array)}, but {first} is {_size(arrays[0])}; bring all to "
                "one size, as by PIL.ImageOps.fit(image, (width, height))"
            )
        first = first or image.path.name
        modes[picture.mode] += 1
        arrays.append(array)
        total += array.nbytes
        require_size(str(folder), total)
    return arrays, modes


def _size(array: NDArray[Any]) -> str:
    return f"{array.shape[1]} wide and {array.shape[0]} high"


def _coloured(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return array if array.ndim == 3 else np.repeat(array[..., None], 3, axis=-1)


def _open(path: Path) -> Image.Image:
    """An image upright, of mode L or RGB."""
    if not os.path.isfile(path):  # opening a pipe would wait for ever
        raise UserError(f"{path}: no regular file; take it out of the folder")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)  # on damaged remarks of the camera
            with Image.open(path, formats=sorted(set(FORMATS.values()))) as file:
                _require_still(path, file)
                upright = ImageOps.exif_transpose(file)
    except UserError:
        raise
    except Exception as error:  # Pillow raises many types for a damaged file
        raise UserError(f"{path}: no image can be read ({_reason(error, path)})") from error
    return _eight_bits(path, upright)


def _reason(error: Exception, path: Path) -> str:
    if isinstance(error, UnidentifiedImageError):
        return f"its content is none of {', '.join(sorted(set(FORMATS.values())))}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return (str(error) or type(error).__name__).splitlines()[0].replace(str(path), "it")[:160]


def _require_still(path: Path, image: Image.Image) -> None:
    if (frames := getattr(image, "n_frames", 1)) > 1:
        raise UserError(f"{path}: {frames} images in one file; store each as a file")


def _eight_bits(path: Path, image: Image.Image) -> Image.Image:
    for mode, what in _OTHER_MODES.items():
        if image.mode.split(";")[0] == mode:
            raise UserError(f"{path}: mode {image.mode} has {what}")
    if image.has_transparency_data:
        image = image.convert("RGBA" if image.mode not in ("LA", "La") else "LA")
        if image.getchannel("A").getextrema() != (255, 255):
            raise UserError(
                f"{path}: has transparent pixels; put it on a background, as by "
                "PIL.Image.alpha_composite"
            )
        return image.convert("L" if image.mode == "LA" else COLOUR)
    return image.convert("L" if image.mode in GREY or _has_grey_palette(image) else COLOUR)


def _has_grey_palette(image: Image.Image) -> bool:
    """Whether all colours of a palette are grey; a .gif has a palette for grey images too."""
    palette = image.getpalette()
    return palette is not None and palette[::3] == palette[1::3] == palette[2::3]
