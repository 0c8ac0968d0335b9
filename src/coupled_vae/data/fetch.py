"""Files of a dataset that has to be downloaded: their folder, their checksums, their mirrors.

With ``COUPLED_VAE_DATA_DIR`` set, this folder must contain all files. Otherwise the folder is
``data/raw/<name>``, and missing files are downloaded. A file that is not the original is always an
error.
"""

import os
from pathlib import Path

from coupled_vae.data.download import from_mirrors
from coupled_vae.data.raw_files import Source, check, find, places
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import replacing

DATA_DIR = "COUPLED_VAE_DATA_DIR"
OFFLINE = "COUPLED_VAE_OFFLINE"
RAW = Path("data/raw")

MNIST = Source(
    name="mnist",
    files={
        "train-images-idx3-ubyte.gz": (
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
        ),
        "train-labels-idx1-ubyte.gz": (
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
        ),
        "t10k-images-idx3-ubyte.gz": (
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
        ),
        "t10k-labels-idx1-ubyte.gz": (
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
        ),
    },
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "http://yann.lecun.com/exdb/mnist/",
    ),
    contents={
        "train-images-idx3-ubyte.gz": (
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
        ),
        "train-labels-idx1-ubyte.gz": (
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
        ),
        "t10k-images-idx3-ubyte.gz": (
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
        ),
        "t10k-labels-idx1-ubyte.gz": (
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
        ),
    },
)


def folder(source: Source = MNIST) -> Path:
    """The folder with all files of a source, undamaged; missing files are downloaded.

    Raises:
        UserError: One line: the missing or damaged file, its folder, and how to add the files.
    """
    found = local_folder(source)
    if found is not None:
        return found
    raw = RAW / source.name
    missing = _missing(raw, source)
    if os.environ.get(OFFLINE, "0") not in ("", "0"):
        raise UserError(
            f"{raw} lacks {', '.join(missing)}, and {OFFLINE} forbids downloads; unset it, or "
            f"{_how_to_add(source)}"
        )
    for name in missing:
        with replacing(raw / name) as temporary:
            reasons = from_mirrors(name, source.mirrors, source.files[name], temporary)
            if reasons:
                raise UserError(
                    f"{source.name}: {name} could not be fetched ({reasons}); {_how_to_add(source)}"
                )
    return raw


def local_folder(source: Source = MNIST) -> Path | None:
    """The folder with all files of a source, undamaged, without using the network.

    Returns:
        The user's folder if it is set, else ``data/raw/<name>``, or a subfolder that has the files.
        None if ``data/raw/<name>`` lacks a file. ``file`` gives the path of a file in the folder.

    Raises:
        UserError: A file is damaged, or the user's folder lacks a file.
    """
    users = users_folder()
    if users is None:
        place = _fullest([RAW / source.name, *places(RAW, source.name)], source)
        return None if _missing(place, source) else place
    place = _fullest(places(users, source.name), source)
    missing = _missing(place, source)
    if missing:
        raise UserError(
            f"{DATA_DIR}: {place} lacks {', '.join(missing)}; add what is missing there, or unset "
            f"{DATA_DIR}"
        )
    return place


def file(place: Path, name: str, source: Source = MNIST) -> Path:
    """Path of a file in a result of ``folder``, under any accepted spelling of its name."""
    return find(place, source, name) or place / name


def users_folder() -> Path | None:
    """The folder of ``COUPLED_VAE_DATA_DIR``, absolute; None if it is unset or empty.

    Raises:
        UserError: The folder does not exist.
    """
    text = os.environ.get(DATA_DIR, "").strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].strip()  # quotes from a settings file
    if not text:
        return None
    try:
        place = Path(text).expanduser().absolute()
        if place.is_dir():
            return place
        kind = "is a file, not a folder" if place.exists() else "does not exist"
    except (OSError, RuntimeError) as error:  # such as a name that is too long
        place, kind = Path(text), f"cannot be a folder: {error}"
    raise UserError(f"{DATA_DIR}: {place} {kind}; name the folder that has the files, or unset it")


def _how_to_add(source: Source) -> str:
    return (
        f"set {DATA_DIR} to a folder with {', '.join(source.files)}, or put these files into "
        f"{RAW / source.name}"
    )


def _fullest(folders: list[Path], source: Source) -> Path:
    """The folder with the most files of a source; the first of several."""
    return max(folders, key=lambda place: sum(bool(find(place, source, x)) for x in source.files))


def _missing(place: Path, source: Source) -> list[str]:
    """Names of missing files; raises a ``UserError`` if a present file is not the original."""
    found = {name: find(place, source, name) for name in source.files}
    for name, path in found.items():
        if path is not None:
            check(path, source, name)
    return [name for name, path in found.items() if path is None]
