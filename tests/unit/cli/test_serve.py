"""`serve`: starts the dashboard, attends it, ends it cleanly."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from deepfreq_core import settings
from deepfreq_core.cli import main
from deepfreq_core.cli.serve import free_port
from deepfreq_core.errors import ConfigError
from deepfreq_core.runs import dispatcher


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_in_use_is_one_line(capsys, taken):
    assert main(["serve", "--port", str(taken)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert str(taken) in captured.err
    assert "--port" in captured.err
    assert not dispatcher.is_running()


def test_a_host_of_another_machine():
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1"):
        free_port("192.0.2.1", 8501)  # an address kept for documentation
    with pytest.raises(ConfigError, match="no host"):
        free_port("no host", 8501)


def test_port_0_takes_a_free_one():
    assert free_port("127.0.0.1", 0) > 0


def test_without_the_project_around_it(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "project", lambda: tmp_path)
    assert main(["serve"]) == 2
    assert "checkout" in capsys.readouterr().err


@pytest.mark.parametrize("ends", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_asked_to_end(home, ends):
    program = [sys.executable, "-m", "deepfreq_core", "serve", "--port", "0", "--json"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            got = json.loads(process.stdout.readline())
            assert got["home"] == str(home)
            with urllib.request.urlopen(f"{got['url']}/healthz", timeout=10) as response:
                assert response.status == 200
            with urllib.request.urlopen(got["url"], timeout=10) as response:
                assert response.status == 200
            assert dispatcher.serving_path().exists()
            assert dispatcher.is_running()
            process.send_signal(ends)
            rest, _ = process.communicate(timeout=20)
        finally:
            process.kill()
            shutil.rmtree(home)  # the dispatcher sees it and ends
    assert rest == b""
    assert process.returncode == 0
    free_port("127.0.0.1", got["port"])
