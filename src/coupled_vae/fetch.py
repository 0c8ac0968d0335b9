"""Files of a dataset that has to be fetched: where they lie, whether they are whole, mirrors.

The user's folder ``COUPLED_VAE_DATA_DIR`` if he named one, and then it must hold them all; else
``data/raw/<name>``, and what is missing there comes from the mirrors. A file that is there but not
the original is an error and never a reason to go on.
"""

import hashlib
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from coupled_vae.errors import UserError
from coupled_vae.files import replacing

DATA_DIR = "COUPLED_VAE_DATA_DIR"
OFFLINE = "COUPLED_VAE_OFFLINE"
RAW = Path("data/raw")

ANSWER_SECONDS = 5.0  # for a mirror to say anything at all
SILENCE_SECONDS = 15.0  # between two pieces of a download
TRIES = 2


@dataclass(frozen=True)
class Source:
    """The files of one dataset.

    Attributes:
        name: Of the subfolder they are kept in.
        files: SHA-256 of each file by its name.
        mirrors: Addresses to which a file's name is appended, best first.
    """

    name: str
    files: Mapping[str, str]
    mirrors: tuple[str, ...]


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
)


def folder(source: Source = MNIST) -> Path:
    """The folder that has all files of a source, whole; what is missing is fetched.

    Raises:
        UserError: One line: what is missing or damaged where, and how to add the files.
    """
    found = local_folder(source)
    if found is not None:
        return found
    raw = RAW / source.name
    missing = _missing(raw, source)
    if os.environ.get(OFFLINE, "0") not in ("", "0"):
        raise UserError(
            f"{raw} lacks {', '.join(missing)}, and {OFFLINE} forbids to fetch; unset it, or "
            f"{_how_to_add(source)}"
        )
    for name in missing:
        _fetch(name, source, raw / name)
    return raw


def local_folder(source: Source = MNIST) -> Path | None:
    """The folder that has all files of a source, whole, without any use of the network.

    Returns:
        The user's folder if he named one, else ``data/raw/<name>``; None if that lacks a file.

    Raises:
        UserError: A file is damaged, or the folder that the user named lacks one.
    """
    users = os.environ.get(DATA_DIR)
    if not users:
        raw = RAW / source.name
        return None if _missing(raw, source) else raw
    top = Path(users).absolute()
    place = max((top, top / source.name), key=lambda place: len(_present(place, source)))
    missing = _missing(place, source)
    if missing:
        raise UserError(
            f"{DATA_DIR}: {place} lacks {', '.join(missing)}; add what is missing there, or unset "
            f"{DATA_DIR}"
        )
    return place


def _how_to_add(source: Source) -> str:
    return (
        f"set {DATA_DIR} to a folder with {', '.join(source.files)}, or put these files into "
        f"{RAW / source.name}"
    )


def _present(place: Path, source: Source) -> list[str]:
    return [name for name in source.files if os.path.lexists(place / name)]


def _missing(place: Path, source: Source) -> list[str]:
    """Names of absent files; an error if one of those present is not the original."""
    present = _present(place, source)
    for name in present:
        path = place / name
        mend = f"put {source.mirrors[0]}{name} in its place"
        if not path.is_file():
            raise UserError(f"{path}: a folder or a broken link, not a file; {mend}")
        found = _sha256(path, mend)
        if found != source.files[name]:
            raise UserError(
                f"{path}: damaged or another file, its sha256 is {found[:12]}... instead of "
                f"{source.files[name][:12]}...; {mend}"
            )
    return [name for name in source.files if name not in present]


def _sha256(path: Path, mend: str) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}; {mend}") from error


def _fetch(name: str, source: Source, path: Path) -> None:
    """Fetch one file from the first mirror that has it whole."""
    reasons = []
    with replacing(path) as temporary:
        for mirror in source.mirrors:
            host = urlsplit(mirror).netloc
            reason = _download(mirror + name, temporary, source.files[name])
            if reason is None:
                print(f"fetched {name} from {host}", file=sys.stderr)
                return
            reasons.append(f"{host}: {reason}")
        raise UserError(
            f"{source.name}: {name} could not be fetched ({'; '.join(reasons)}); "
            f"{_how_to_add(source)}"
        )


def _download(url: str, path: Path, sha256: str) -> str | None:
    """Write the file at an address to a path; None, or the reason why it is not there.

    A transfer that broke off or came out wrong is tried again; a mirror that does not answer or
    refuses is not, the next one is the better second try.
    """
    import requests
    from pooch import HTTPDownloader
    from tqdm import tqdm

    if not _answers(url):
        return "no connection"
    reason, name = "", url.rsplit("/", 1)[-1]
    for _ in range(TRIES):
        # pooch asks for the truth value of the bar, which tqdm has only with a total.
        with tqdm(total=1, desc=name, unit="B", unit_scale=True, ncols=79, leave=False) as bar:
            download = HTTPDownloader(bar, 2**16, timeout=(ANSWER_SECONDS, SILENCE_SECONDS))
            try:
                download(url, str(path), None)
            except requests.HTTPError as error:
                return str(error).split(" for url")[0]
            except requests.RequestException as error:
                reason = f"broke off, {type(error).__name__}"
                continue
        if _sha256(path, "run again") == sha256:
            return None
        reason = "not the original, wrong sha256"
    return reason


def _answers(url: str) -> bool:
    """Whether a host says anything in time; looking up its name has no time limit of its own."""
    import requests

    answers: list[int] = []

    def ask() -> None:
        try:
            answers.append(requests.head(url, timeout=ANSWER_SECONDS).status_code)
        except requests.RequestException:
            return

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(ANSWER_SECONDS)
    return bool(answers)
