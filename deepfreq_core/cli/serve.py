"""`serve`: the dashboard and its dispatcher, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import FrameType

from deepfreq_core import settings
from deepfreq_core.cli.arguments import add_json
from deepfreq_core.cli.output import print_json, say
from deepfreq_core.errors import ConfigError, RunFailed
from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.launchers.local import python_path
from deepfreq_core.runs.state import RunState
from deepfreq_core.runs.store import RunStore

_START_S = 60.0  # a cold disk takes its time
_END_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `serve [--host] [--port]`."""
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on; 0.0.0.0 lets the network in (default: 127.0.0.1)",
    )
    parser.add_argument(
        "--port", type=_port, default=8501, help="port; 0 takes a free one (default: 8501)"
    )
    add_json(parser)
    parser.set_defaults(call=_serve)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; allowed is 0 to 65535")
    return int(text)


def _serve(options: argparse.Namespace) -> int:
    app = settings.project() / "app.py"
    if not app.is_file():
        raise ConfigError(
            f"there is no dashboard at {str(app)!r}: this installation is not whole. "
            "Install DeepFreq again: pip install PATH, or run it from a checkout"
        )
    settings.frame_ancestors()  # the dashboard's process could only fail with a traceback
    port = free_port(options.host, options.port)
    home = settings.home()
    dispatcher.ensure_running()  # the dashboard looks after it from then on
    # The settings in .streamlit are found from the folder it starts in.
    command = [sys.executable, "-m", "streamlit", "run", app.name]
    command += ["--server.address", options.host, "--server.port", str(port)]
    places = {"DEEPFREQ_HOME": str(home), "DEEPFREQ_DATA": str(settings.data_root())}
    environment = os.environ | places | python_path()
    before = signal.signal(signal.SIGTERM, _interrupt)
    # Started so, it hears Ctrl-C as uvicorn does and ends without a word of click's.
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    dashboard = subprocess.Popen(
        command, cwd=app.parent, env=environment, stdout=subprocess.DEVNULL
    )
    signal.signal(signal.SIGINT, heard)
    try:
        _wait_until_ready(dashboard, options.host, port)
        url = f"http://{_name_to_visit(options.host)}:{port}"
        if options.json:
            print_json({"url": url, "host": options.host, "port": port, "home": str(home)})
        else:
            say(f"DeepFreq is at {url}\nCtrl-C ends the dashboard; runs go on without it.")
        sys.stdout.flush()
        status = dashboard.wait()
        raise RunFailed(f"the dashboard ended by itself with status {status}; see above for why")
    except KeyboardInterrupt:
        _end(dashboard)
        if not options.json:
            say(_farewell())
        return 0
    finally:
        _end(dashboard)
        signal.signal(signal.SIGTERM, before)


def free_port(host: str, port: int) -> int:
    """The port, once it is sure that it can be had.

    Args:
        host: Address to listen on.
        port: Port, or 0 for any that is free.

    Returns:
        The port to use.

    Raises:
        ConfigError: It is in use or may not be used, or the host is not of this machine.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"--host {host} --port {port} cannot be used ({reason}). "
            "Stop what uses it, or choose another, e.g. --port 8502"
        ) from error


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait_until_ready(dashboard: subprocess.Popen[bytes], host: str, port: int) -> None:
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
    deadline = time.monotonic() + _START_S
    while dashboard.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://{name}:{port}/_stcore/health", timeout=2):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    raise RunFailed(
        f"the dashboard did not answer on port {port} within {_START_S:.0f} s; see above for why, "
        "or ask: deepfreq doctor"
    )


def _name_to_visit(host: str) -> str:
    if host in {"127.0.0.1", "localhost", "::1"}:
        return "localhost"
    return socket.gethostname() if host in {"0.0.0.0", "::"} else host


def _end(dashboard: subprocess.Popen[bytes]) -> None:
    if dashboard.poll() is not None:
        return
    dashboard.terminate()
    try:
        dashboard.wait(_END_S)
    except subprocess.TimeoutExpired:
        dashboard.kill()
        dashboard.wait()


def _farewell() -> str:
    active = RunStore().list(states=[state for state in RunState if state.is_active])
    if not active:
        return "\nThe dashboard has ended. No runs are going on."
    ids = " ".join(run.id for run in active[:8]) + (" …" if len(active) > 8 else "")
    go_on = "1 run goes on" if len(active) == 1 else f"{len(active)} runs go on"
    return f"\nThe dashboard has ended. {go_on}; to stop: deepfreq runs stop {ids}"
