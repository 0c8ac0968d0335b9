"""Why a download failed, in one line that names what to change. Only 127.0.0.1 is asked."""

import socket
import ssl
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from servers import serving

from coupled_vae.data import download

MIRROR = "https://mirror.invalid/mnist/"  # by RFC 6761 no such name exists
CLOSED = "127.0.0.1:9"
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class Portal(BaseHTTPRequestHandler):
    """A proxy that wants a login, and for plain requests a host that answers with a status."""

    status = 407
    body = b""

    def answer(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(self.body)

    do_GET = do_HEAD = do_CONNECT = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def portal() -> Iterator[str]:
    with serving(Portal) as address:
        yield address


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, *download.BUNDLES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def reason(tmp_path: Path, *mirrors: str) -> str:
    told = download.from_mirrors("a.gz", mirrors or (MIRROR,), "0" * 64, tmp_path / "a.gz")
    assert told
    assert "\n" not in told
    return told


PROXIES = {
    "socks5://" + CLOSED: "needs PySocks; pip install pysocks, or unset it",
    "socks5h://" + CLOSED: "needs PySocks",
    "http://" + CLOSED: "no connection to the proxy: refused",
    CLOSED: "no connection to the proxy: refused",
    "http://proxy.invalid:3128": "no connection to the proxy: its name is not known (DNS)",
    "http//" + CLOSED: "no connection to the proxy",
    "htp://" + CLOSED: "is no address of a proxy, such as http://host:3128",
    "http:/" + CLOSED: "is no address of a proxy",
    "http://127.0.0.1:31x28": "is no address of a proxy",
    "http://127.0.0.1:99999": "is no address of a proxy",
    "http://": "is no address of a proxy",
    "http://[::1": "is no address of a proxy",
}


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("proxy", PROXIES)
def test_a_proxy_that_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, proxy: str
) -> None:
    if proxy.startswith("socks"):
        monkeypatch.setitem(sys.modules, "socks", None)
        monkeypatch.delitem(sys.modules, "urllib3.contrib.socks", raising=False)
    monkeypatch.setenv(variable, proxy)
    told = reason(tmp_path)
    assert told.startswith(f"mirror.invalid: {variable}={proxy}")
    assert PROXIES[proxy] in told


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, portal: str, scheme: str
) -> None:
    monkeypatch.setenv(f"{scheme}_proxy", f"http://me:secret@{portal}")
    told = reason(tmp_path, f"{scheme}://mirror.invalid/")
    assert "the proxy wants a login; write it as http://user:password@host:port" in told
    assert f"{scheme}_proxy=" in told
    assert "secret" not in told


@pytest.mark.parametrize("variable", download.BUNDLES)
@pytest.mark.parametrize("kind", ["missing", "text", "empty"])
def test_a_wrong_bundle_of_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, portal: str, variable: str, kind: str
) -> None:
    bundle = tmp_path / "bundle.pem"
    if kind != "missing":
        bundle.write_text("no certificate" if kind == "text" else "")
    monkeypatch.setenv(variable, str(bundle))
    told = reason(tmp_path, f"https://{portal}/")
    assert f"{variable}={bundle} is missing or no bundle of certificates" in told


def test_a_certificate_that_is_not_trusted() -> None:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")
    told = download.reason_of(error, MIRROR)
    assert "its certificate is not trusted" in told
    assert "REQUESTS_CA_BUNDLE" in told


def test_a_host_without_tls(tmp_path: Path, portal: str) -> None:
    assert f"{portal}: no connection: TLS failed" in reason(tmp_path, f"https://{portal}/")


def test_hosts_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mirrors that fail in the same way are told of together."""
    monkeypatch.setattr(download, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        mirrors = (MIRROR, f"http://{CLOSED}/", "http://other.invalid/", f"http://{host}/")
        told = reason(tmp_path, *mirrors)
    assert told.split("; ") == [
        "mirror.invalid, other.invalid: no connection: its name is not known (DNS)",
        f"{CLOSED}: no connection: refused",
        f"{host}: no connection: no answer within 0.2 s",
    ]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"\n<!DOCTYPE html><title>Welcome</title>", "a web page instead of the file"),
        (200, b"<HTML>log in</HTML>", "a web page instead of the file"),
        (511, b"<html>", "the network wants a login"),
        (404, b"", "404 Client Error"),
        (200, b"other bytes", "not the original, wrong sha256"),
    ],
)
def test_what_a_host_answers(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    portal: str,
    status: int,
    body: bytes,
    words: str,
) -> None:
    monkeypatch.setattr(Portal, "status", status)
    monkeypatch.setattr(Portal, "body", body)
    assert words in reason(tmp_path, f"http://{portal}/")


def test_an_error_nobody_thought_of_is_one_line() -> None:
    told = download.reason_of(ValueError("first line\nsecond line"), MIRROR)
    assert told == "no connection: ValueError first line"
