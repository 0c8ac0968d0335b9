"""Downloads from mirrors. A failure has a reason of one line: proxy, certificate, or host name."""

import os
import re
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from coupled_vae.data.raw_files import sha256

ANSWER_SECONDS = 5.0  # time for a mirror to answer
SILENCE_SECONDS = 15.0  # longest time between two pieces of a download
TRIES = 2
WEB_PAGE = (b"<!doctype html", b"<html")
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def from_mirrors(name: str, mirrors: tuple[str, ...], digest: str, path: Path) -> str:
    """Download a file from the first mirror that provides it undamaged.

    Args:
        name: The file's name, appended to a mirror's address.
        mirrors: Addresses of the mirrors; the first is tried first.
        digest: SHA-256 that the file must have.
        path: Path to write to.

    Returns:
        Empty if the download succeeded; else the reasons, each with its mirrors.
    """
    reasons: dict[str, list[str]] = {}
    for mirror in mirrors:
        host = urlsplit(mirror).netloc
        reason = _download(mirror + name, digest, path)
        if reason is None:
            print(f"fetched {name} from {host}", file=sys.stderr)
            return ""
        reasons.setdefault(reason, []).append(host)
    return "; ".join(f"{', '.join(hosts)}: {reason}" for reason, hosts in reasons.items())


def _download(url: str, digest: str, path: Path) -> str | None:
    """Download an address to a path; returns None, or the reason of the failure.

    A transfer that breaks off or has a wrong checksum is tried again. A mirror that does not answer
    or refuses is not tried again, since the next mirror is more likely to succeed.
    """
    import requests
    import urllib3
    from pooch import HTTPDownloader
    from tqdm import tqdm

    if reason := _no_answer(url):
        return reason
    name = url.rsplit("/", 1)[-1]
    for _ in range(TRIES):
        # pooch evaluates the truth value of the bar, which tqdm defines only with a total.
        with tqdm(total=1, desc=name, unit="B", unit_scale=True, ncols=79, leave=False) as bar:
            download = HTTPDownloader(bar, 2**16, timeout=(ANSWER_SECONDS, SILENCE_SECONDS))
            try:
                download(url, str(path), None)
            except requests.HTTPError as error:
                return _refusal(error, url)
            except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
                reason = f"broke off, {type(error).__name__}"
                continue
        if sha256(path) == digest:
            return None
        with path.open("rb") as file:
            if file.read(512).lstrip().lower().startswith(WEB_PAGE):
                return "a web page instead of the file, such as the login page of a network"
        reason = "not the original, wrong sha256"
    return reason


def _no_answer(url: str) -> str:
    """Why a host does not answer in time; empty if it answers.

    The request runs in a thread, because a DNS lookup has no time limit.
    """
    import requests

    told: list[str] = []

    def ask() -> None:
        try:
            requests.head(url, timeout=ANSWER_SECONDS)
        # Not only exceptions of requests: a bad proxy or certificate bundle raises others.
        except Exception as error:
            told.append(reason_of(error, url))
        else:
            told.append("")

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(ANSWER_SECONDS + 0.5)
    return told[0] if told else f"no connection: no answer within {ANSWER_SECONDS:g} s"


def reason_of(error: Exception, url: str) -> str:
    """A few words on why a request failed, and what the user can change."""
    chain = list(_causes(error))
    text = " ".join(str(cause) for cause in chain)
    return (
        _of_bundle(error, text)
        or _of_proxy(chain, text, url)
        or _of_certificate(chain, text)
        or f"no connection: {_of_network(chain)}"
    )


def _of_bundle(error: Exception, text: str) -> str:
    variable = next((name for name in BUNDLES if os.environ.get(name)), "")
    missing = "TLS CA certificate" in text or "NO_CERTIFICATE_OR_CRL_FOUND" in text
    unreadable = isinstance(error, OSError) and error.filename == os.environ.get(variable)
    if not variable or not (missing or unreadable or "[X509]" in text or "PEM" in text):
        return ""
    return f"{variable}={os.environ[variable]} is missing or no bundle of certificates; mend it"


def _of_proxy(chain: list[BaseException], text: str, url: str) -> str:
    variable, address = proxy_of(url)
    kinds = {type(cause).__name__ for cause in chain}
    if not variable:
        return ""
    told = f"{variable}={_masked(address)}"
    if "SOCKS" in text and "dependencies" in text:
        return f"{told} needs PySocks; pip install pysocks, or unset it"
    if re.search(r"\b407\b", text):
        return f"{told}: the proxy wants a login; write it as http://user:password@host:port"
    bad = {"InvalidProxyURL", "ProxySchemeUnknown", "LocationParseError", "InvalidURL"}
    if kinds & bad or not _is_address(address):
        return f"{told} is no address of a proxy, such as http://host:3128; mend or unset it"
    if kinds & {"ProxyError", "NewConnectionError", "NameResolutionError", "ConnectTimeoutError"}:
        return f"{told}: no connection to the proxy: {_of_network(chain)}"
    return ""


def _of_certificate(chain: list[BaseException], text: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            "its certificate is not trusted, as behind a company's proxy; "
            f"set {BUNDLES[0]} to the bundle that has the proxy's own"
        )
    failed = [cause for cause in chain if isinstance(cause, ssl.SSLError)]
    return f"no connection: TLS failed, {failed[-1].reason or failed[-1]}" if failed else ""


def _of_network(chain: list[BaseException]) -> str:
    last = chain[-1]
    if any(isinstance(cause, socket.gaierror) for cause in chain):
        return "its name is not known (DNS)"
    if any("Timeout" in type(cause).__name__ for cause in chain):
        return f"no answer within {ANSWER_SECONDS:g} s"
    if isinstance(last, ConnectionRefusedError):
        return "refused"
    if isinstance(last, OSError) and last.strerror:
        return last.strerror
    return f"{type(last).__name__} {last}".splitlines()[0].strip()


def _refusal(error: Exception, url: str) -> str:
    """Reason of an HTTP error status, from the host or from a proxy."""
    text = str(error).split(" for url")[0]
    if text.startswith("407"):
        return _of_proxy([error], "407", url) or text
    if text.startswith("511"):
        return "the network wants a login; open a page in a browser first"
    return text


def proxy_of(url: str) -> tuple[str, str]:
    """The environment variable that sets a proxy for an address, and the proxy; else empty."""
    from requests.utils import get_environ_proxies, select_proxy

    address = select_proxy(url, get_environ_proxies(url)) or ""
    lower = (f"{urlsplit(url).scheme}_proxy", "all_proxy")
    for name in (*lower, *map(str.upper, lower)):
        if address and os.environ.get(name) == address:
            return name, address
    return ("the system's proxy", address) if address else ("", "")


def _is_address(proxy: str) -> bool:
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    try:
        known = parts.scheme in ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
        return known and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # the port is not a number
        return False


def _masked(proxy: str) -> str:
    """An address with its password masked."""
    login, at, rest = proxy.rpartition("@")
    return (
        f"{login.split('://')[0]}://...@{rest}"
        if at and "://" in login
        else f"{at and '...@'}{rest}"
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and its causes, which requests and urllib3 also keep as attributes."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        inner = [getattr(cause, "reason", None), *cause.args, cause.__cause__, cause.__context__]
        cause = next((x for x in inner if isinstance(x, BaseException)), None)
