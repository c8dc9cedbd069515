"""Files from the network: checked by MD5, moved into place whole, fetched by one process at a time.

Giving up is quick: a machine without a network must not hold up a class for minutes.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import logging
import os
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deepfreq_core.data.base import Report
from deepfreq_core.errors import DataUnavailable

_log = logging.getLogger(__name__)

_TIMEOUT_S = 5.0  # to open a connection, and between two pieces of the file
_PIECE = 1 << 18  # bytes


def fetch(urls: Sequence[str], md5: str, target: Path, *, report: Report) -> None:
    """One file, from the first of the addresses that gives it.

    Args:
        urls: Addresses of the same file, tried in order.
        md5: MD5 of the file, hex.
        target: Where it goes; nothing is there unless it is whole and right.
        report: Told the share that has arrived.

    Raises:
        DataUnavailable: No address gave the file; the message quotes the last reason.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    reason = "no address"
    try:
        for url in urls:
            try:
                found = _copy(url, part, report)
            except (OSError, HTTPException) as error:
                _log.warning("%s: %s", url, error)
                reason = _in_words(urlsplit(url).hostname or url, error)
                continue
            if found == md5:
                part.replace(target)
                return
            _log.warning("%s: MD5 %s, expected %s", url, found, md5)
            reason = f"what {urlsplit(url).hostname} sent arrived damaged"
    finally:
        part.unlink(missing_ok=True)
    raise DataUnavailable(f"its download failed: {reason}")


def _in_words(host: str, error: Exception) -> str:
    """What went wrong with a server, without its address in full; that is in the log."""
    cause = getattr(error, "reason", error)
    if isinstance(error, urllib.error.HTTPError):
        return f"{host} answered {error.code} ({error.reason})"
    if isinstance(cause, socket.gaierror):
        return f"{host} was not found, as without a network"
    if isinstance(cause, TimeoutError):
        return f"no answer from {host}"
    if isinstance(cause, ConnectionError):
        return f"{host} refused or broke the connection"
    if isinstance(cause, OSError) and cause.errno == errno.ENOSPC:
        return "the disk is full"
    return f"{host} could not be reached ({getattr(cause, 'strerror', None) or cause})"


@contextlib.contextmanager
def one_at_a_time(path: Path, *, report: Report) -> Generator[None]:
    """Hold the lock file; while another process has it, wait and say so.

    The lock goes with the process that holds it, so a killed one blocks nobody.
    """
    with path.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                report("waiting for another run that downloads the same data")
                time.sleep(0.2)
        yield


def _copy(url: str, part: Path, report: Report) -> str:
    """Download to `part`; the MD5 of what came."""
    digest = hashlib.md5(usedforsecurity=False)
    with contextlib.closing(_open(url)) as response, part.open("wb") as file:
        total = int(response.headers.get("Content-Length") or 0)
        done = 0
        while piece := response.read(_PIECE):
            file.write(piece)
            digest.update(piece)
            done += len(piece)
            share = f"{100 * done / total:.0f} %" if total else f"{done / 1e6:.0f} MB"
            report(f"downloading {url.rsplit('/', 1)[-1]}: {share}")
    return digest.hexdigest()


def _open(url: str) -> Any:
    """The open response; in a thread, because looking up a name obeys no time limit.

    Raises:
        TimeoutError: Nobody answered in time.
    """
    answer: list[Any] = []

    def ask() -> None:
        try:
            request = urllib.request.Request(url, headers={"User-Agent": "deepfreq"})
            answer.append(urllib.request.urlopen(request, timeout=_TIMEOUT_S))
        except urllib.error.HTTPError as error:
            error.close()  # it holds the connection
            answer.append(error)
        except (OSError, HTTPException) as error:
            answer.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_TIMEOUT_S + 1)
    if not answer:
        raise TimeoutError(f"no answer within {_TIMEOUT_S:.0f} s")
    if isinstance(answer[0], Exception):
        raise answer[0]
    return answer[0]
