"""Where a dataset's files are looked for, and mirrors that fail in every way."""

import hashlib
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from servers import serving

from coupled_vae.data import download, fetch
from coupled_vae.data.fetch import DATA_DIR, OFFLINE
from coupled_vae.data.raw_files import Source
from coupled_vae.runtime.errors import UserError

FILES = {"a.gz": b"alpha" * 20_000, "b.gz": b"beta"}
NOWHERE = "http://127.0.0.1:9/"  # the discard port, closed
RAW = Path("data/raw/toy")


def toy(*mirrors: str) -> Source:
    hashes = {name: hashlib.sha256(whole).hexdigest() for name, whole in FILES.items()}
    return Source("toy", hashes, mirrors or (NOWHERE,))


def put(place: Path, *names: str) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for name in names or FILES:
        (place / name).write_bytes(FILES[name])
    return place


def refused(source: Source, ask: Callable[[Source], object] = fetch.folder) -> str:
    with pytest.raises(UserError) as caught:
        ask(source)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def listed(place: Path) -> set[str]:
    return {str(p.relative_to(place)) for p in place.rglob("*") if not p.is_dir()}


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory; no environment variables of whoever runs the tests."""
    place = tmp_path / "work"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.delenv(DATA_DIR, raising=False)
    monkeypatch.delenv(OFFLINE, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return place


@pytest.mark.parametrize("sub", [".", "toy"])
def test_the_users_folder_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sub: str
) -> None:
    put(RAW)
    monkeypatch.setenv(DATA_DIR, str(tmp_path / "mine"))
    put(tmp_path / "mine" / sub)
    assert fetch.folder(toy()) == fetch.local_folder(toy()) == tmp_path / "mine" / sub


def test_data_raw_comes_second() -> None:
    put(RAW)
    assert fetch.folder(toy()) == fetch.local_folder(toy()) == RAW


def test_an_empty_variable_is_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    put(RAW)
    monkeypatch.setenv(DATA_DIR, "")
    assert fetch.folder(toy()) == RAW


def test_nothing_anywhere() -> None:
    assert fetch.local_folder(toy()) is None
    put(RAW, "a.gz")
    assert fetch.local_folder(toy()) is None


@pytest.mark.parametrize("ask", [fetch.folder, fetch.local_folder])
@pytest.mark.parametrize(
    ("names", "words"),
    [((), "lacks a.gz, b.gz; add"), (("b.gz",), "lacks a.gz; add")],
    ids=["all", "one"],
)
def test_a_users_folder_that_lacks_files(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[Source], object],
    names: tuple[str, ...],
    words: str,
) -> None:
    put(RAW)
    monkeypatch.setenv(DATA_DIR, str(tmp_path / "mine"))
    (tmp_path / "mine").mkdir()
    if names:
        put(tmp_path / "mine", *names)
    message = refused(toy(), ask)
    assert message.startswith(f"{DATA_DIR}: {tmp_path / 'mine'} ")
    assert words in message


@pytest.mark.parametrize("ask", [fetch.folder, fetch.local_folder])
@pytest.mark.parametrize("users", [True, False])
@pytest.mark.parametrize("kind", ["corrupt", "truncated", "empty", "folder", "broken link"])
def test_a_damaged_file_is_never_passed_over(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[Source], object],
    users: bool,
    kind: str,
) -> None:
    put(RAW)
    place = RAW
    if users:
        place = put(tmp_path / "mine")
        monkeypatch.setenv(DATA_DIR, str(place))
    path = place / "a.gz"
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "broken link":
        path.symlink_to("gone")
    else:
        whole = FILES["a.gz"]
        path.write_bytes({"corrupt": b"!" + whole[1:], "truncated": whole[:-1]}.get(kind, b""))
    message = refused(toy(), ask)
    assert message.startswith(f"{path}: ")
    assert ("not a file" if kind in ("folder", "broken link") else "its sha256 is") in message
    assert f"put {NOWHERE}a.gz in its place" in message


def test_offline(monkeypatch: pytest.MonkeyPatch, work: Path) -> None:
    monkeypatch.setenv(OFFLINE, "1")
    monkeypatch.setattr(fetch, "from_mirrors", lambda *_: pytest.fail("the network was used"))
    put(RAW, "b.gz")
    message = refused(toy())
    assert message.startswith(f"{RAW} lacks a.gz, and {OFFLINE} forbids")
    assert f"set {DATA_DIR} to a folder with a.gz, b.gz, or put these files into {RAW}" in message
    assert listed(work) == {str(RAW / "b.gz")}


class Mirrors(BaseHTTPRequestHandler):
    """``/good/``, ``/corrupt/``, ``/short/`` (breaks off), ``/html/``, anything else is 404."""

    asked: list[str]

    def do_HEAD(self) -> None:
        self.send_response(405)
        self.end_headers()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        _, mirror, name = self.path.split("/")
        whole = FILES[name]
        body = {
            "good": whole,
            "corrupt": whole[:-1] + b"!",
            "short": whole[:-2],
            "html": b"<html>log in first</html>",
        }.get(mirror)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(whole if mirror == "short" else body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Mirrors, "asked", [], raising=False)
    with serving(Mirrors) as address:
        yield f"http://{address}"


def test_mirrors_in_order(server: str, work: Path, capfd: pytest.CaptureFixture[str]) -> None:
    mirrors = [f"{server}/{name}/" for name in ("absent", "short", "corrupt", "good", "html")]
    assert fetch.folder(toy(NOWHERE, *mirrors)) == RAW
    assert listed(work) == {str(RAW / name) for name in FILES}
    assert {name: (RAW / name).read_bytes() for name in FILES} == FILES
    assert (RAW / "a.gz").stat().st_mode & 0o777 == 0o644
    tried = ["absent", "short", "short", "corrupt", "corrupt", "good"]
    assert Mirrors.asked == [f"/{mirror}/{name}" for name in FILES for mirror in tried]
    out, err = capfd.readouterr()
    assert out == ""
    assert "fetched a.gz from 127.0.0.1" in err
    assert fetch.folder(toy()) == RAW


def test_only_what_is_missing_is_fetched(server: str) -> None:
    put(RAW, "a.gz")
    fetch.folder(toy(f"{server}/good/"))
    assert Mirrors.asked == ["/good/b.gz"]


def test_all_mirrors_fail(server: str, work: Path) -> None:
    mirrors = [f"{server}/{name}/" for name in ("absent", "short", "corrupt", "html")]
    message = refused(toy(NOWHERE, *mirrors))
    host = server.removeprefix("http://")
    assert message.startswith(
        f"toy: a.gz could not be fetched ({NOWHERE[7:-1]}: no connection: refused; "
    )
    assert f"{host}: 404 Client Error" in message
    assert f"{host}: broke off" in message
    assert f"{host}: not the original, wrong sha256" in message
    assert f"{host}: a web page instead of the file, such as the login page" in message
    assert f"set {DATA_DIR} to a folder with a.gz, b.gz, or put these files into {RAW}" in message
    assert listed(work) == set()


def test_a_failure_keeps_what_was_fetched_before(
    server: str, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = toy().files | {"b.gz": "0" * 64}
    assert "b.gz could not" in refused(Source("toy", hashes, (f"{server}/good/",)))
    assert listed(work) == {str(RAW / "a.gz")}


def test_a_mirror_that_never_answers(monkeypatch: pytest.MonkeyPatch, work: Path) -> None:
    monkeypatch.setattr(download, "ANSWER_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        message = refused(toy(f"http://127.0.0.1:{silent.getsockname()[1]}/"))
    assert "no connection: no answer within 0.1 s" in message
    assert listed(work) == set()


def test_a_folder_that_cannot_be_written(server: str, work: Path) -> None:
    (work / "data").write_text("a file in the way")
    assert "cannot be written" in refused(toy(f"{server}/good/"))


def test_the_table_of_mnist() -> None:
    assert len(fetch.MNIST.files) == len(set(fetch.MNIST.files.values())) == 4
    assert all(len(bytes.fromhex(sha)) == 32 for sha in fetch.MNIST.files.values())
    assert len(fetch.MNIST.mirrors) == 3
    assert all(mirror.endswith("/") for mirror in fetch.MNIST.mirrors)
