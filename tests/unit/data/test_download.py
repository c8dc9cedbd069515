import hashlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deepfreq_core.data import download
from deepfreq_core.errors import DataUnavailable

_CONTENT = bytes(range(256)) * 4096  # 1 MiB: several pieces
_MD5 = hashlib.md5(_CONTENT).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # noqa: N802, the name http.server asks for
        if self.path != "/file":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(_CONTENT)))
        self.end_headers()
        self.wfile.write(_CONTENT)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_file_arrives_whole_with_its_progress(server: str, tmp_path: Path) -> None:
    notes: list[str] = []
    target = tmp_path / "file"
    download.fetch([f"{server}/file"], _MD5, target, report=notes.append)
    assert target.read_bytes() == _CONTENT
    assert notes == [f"downloading file: {share} %" for share in (25, 50, 75, 100)]
    assert list(tmp_path.iterdir()) == [target]


def test_the_next_mirror_is_tried(server: str, tmp_path: Path) -> None:
    urls = [f"{server}/missing", f"{server}/file"]
    download.fetch(urls, _MD5, tmp_path / "file", report=lambda note: None)
    assert (tmp_path / "file").read_bytes() == _CONTENT


def test_a_wrong_file_is_not_kept(server: str, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match="damaged"):
        download.fetch([f"{server}/file"], "0" * 32, tmp_path / "file", report=lambda note: None)
    assert list(tmp_path.iterdir()) == []


def test_a_name_server_that_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = threading.Event()
    monkeypatch.setattr(download, "_TIMEOUT_S", -0.9)  # plus 1 s: 0.1 s in all
    monkeypatch.setattr(download.urllib.request, "urlopen", lambda *_, **__: silent.wait(30))
    started = time.perf_counter()
    with pytest.raises(DataUnavailable, match="no answer"):
        download.fetch(["http://nowhere/file"], _MD5, tmp_path / "file", report=lambda note: None)
    assert time.perf_counter() - started < 5
    silent.set()


def test_one_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    inside: list[str] = []
    waiting = threading.Event()

    def second() -> None:
        with download.one_at_a_time(lock, report=lambda note: waiting.set()):
            inside.append("second")

    with download.one_at_a_time(lock, report=lambda note: None):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(10)
        inside.append("first")
    thread.join(10)
    assert inside == ["first", "second"]
