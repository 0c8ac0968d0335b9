"""Download of a file whose checksum is not known beforehand."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

from coupled_vae.data.download import ANSWER_SECONDS, SILENCE_SECONDS, TRIES, reason_of
from coupled_vae.runtime.errors import UserError, one_line

PIECE = 2**16  # bytes


def fetch(url: str, path: Path) -> None:
    """Download an address to a path. A transfer that breaks off is tried again.

    Raises:
        UserError: The address cannot be had, or the disk is full.
    """
    import requests
    import urllib3

    host, reason = urlsplit(url).netloc.rpartition("@")[2], ""
    for _ in range(TRIES):
        try:
            _transfer(url, path)
        except requests.HTTPError as error:
            reason = str(error).split(" for url")[0]
            break
        except (requests.ConnectionError, requests.Timeout) as error:
            reason = reason_of(error, url)
            if not path.exists():
                break  # it has not answered
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            reason = f"broke off, {type(error).__name__}"
        except OSError as error:
            reason = error.strerror or str(error)
            break
        else:
            return
    raise UserError(f"{host}: {one_line(reason)}; nothing was changed")


def _transfer(url: str, path: Path) -> None:
    from pooch import HTTPDownloader
    from tqdm import tqdm

    # pooch evaluates the truth value of the bar, which tqdm defines only with a total.
    form = {"total": 1, "unit": "B", "unit_scale": True, "ncols": 79, "leave": False}
    with tqdm(**form, disable=not sys.stderr.isatty()) as bar:
        HTTPDownloader(bar, PIECE, timeout=(ANSWER_SECONDS, SILENCE_SECONDS))(url, str(path), None)
