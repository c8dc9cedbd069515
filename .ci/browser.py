"""Find or install a Chromium that starts, for the browser tests; print where it is.

Tried in this order: CHROMIUM, an installed Chromium or Chrome, the one Playwright
downloads, Debian's `chromium` package when run as root. Where none can be had, nothing is
printed and the browser tests are skipped by name; in CI (CI=true) that is an error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from playwright.sync_api import Error, sync_playwright

from deepfreq_core.cli.checks import CHROMIUMS


def main() -> int:
    """Print the path of the first browser that starts; 1 where CI has none."""
    for path in candidates():
        if starts(path):
            print(path)
            return 0
    say("No Chromium can be had here: the tests marked `browser` are skipped.")
    return 1 if os.environ.get("CI") == "true" else 0


def candidates() -> Iterator[str]:
    """Browsers to try, one by one; what must be installed is, once those before it failed.

    Yields:
        Paths of executables.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        yield named
    yield from filter(None, map(shutil.which, CHROMIUMS))
    say("No Chromium or Chrome here that starts: asking Playwright for its own.")
    if run(sys.executable, "-m", "playwright", "install", "chromium"):
        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
        yield path
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("Installing Debian's chromium.")
        run("apt-get", "update", "-qq")
        if run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"):
            yield "/usr/bin/chromium"


def starts(path: str) -> bool:
    """Whether the browser at `path` opens a page."""
    try:
        with sync_playwright() as playwright:
            arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=path, args=arguments)
            browser.new_page().goto("data:text/html,ok")
            browser.close()
    except Error as error:
        say(f"{path} does not start: {str(error).splitlines()[0]}")
        return False
    return True


def run(*command: str) -> bool:
    """Whether the command could be run and ended well; what it prints goes to stderr."""
    try:
        return subprocess.run(command, stdout=sys.stderr, check=False).returncode == 0
    except OSError:
        return False


def say(text: str) -> None:
    """A line for the person; stdout is for the path alone."""
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
