"""Where things are kept, read from the environment each time it is asked.

DEEPFREQ_HOME           data folder: database, checkpoints, logs   (default ~/.deepfreq)
DEEPFREQ_DATA           root of the image data sets, torchvision's layout (default HOME/data)
DEEPFREQ_DATABASE_URL   SQLAlchemy URL of the run store   (default SQLite in DEEPFREQ_HOME)
DEEPFREQ_SLOTS          runs at a time               (default: decided by the dispatcher)
DEEPFREQ_FRAME_ANCESTORS  whose pages may show ours in a frame, beside ours (default: nobody's)
DEEPFREQ_CUDA_GRAPHS    0 starts the operations of a training step on a GPU one by one (default 1)
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote

from deepfreq_core.errors import ConfigError

# An origin as Content-Security-Policy has it: nothing in it can end the header or add to it.
_ORIGIN = re.compile(
    r"(?:https?://)?(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?|\*"
)


def home() -> Path:
    """The data folder, made if it is not there.

    Raises:
        ConfigError: It cannot be made.
    """
    path = Path(os.environ.get("DEEPFREQ_HOME") or Path.home() / ".deepfreq").expanduser()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"the data folder {path} cannot be made ({error.strerror}). "
            "Set DEEPFREQ_HOME to a folder that can be written"
        ) from error
    return path.resolve()


def data_root() -> Path:
    """Root of the image data sets; may not exist yet."""
    configured = os.environ.get("DEEPFREQ_DATA")
    return Path(configured).expanduser().resolve() if configured else home() / "data"


def database_url() -> str:
    """SQLAlchemy URL of the run store."""
    # Quoted: in a URL "%" and "?" begin something, in a path they are letters.
    return (
        os.environ.get("DEEPFREQ_DATABASE_URL") or f"sqlite:///{quote(str(home() / 'runs.sqlite'))}"
    )


def slots() -> int | None:
    """How many runs may go at a time, or None where the dispatcher shall decide.

    Raises:
        ConfigError: The variable holds no whole number of at least 1.
    """
    text = os.environ.get("DEEPFREQ_SLOTS")
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError(f"DEEPFREQ_SLOTS is {text!r}. Give a whole number of at least 1")
    return int(text)


def cuda_graphs() -> bool:
    """Whether training steps on a GPU are recorded and repeated.

    Raises:
        ConfigError: The variable holds neither 0 nor 1.
    """
    text = os.environ.get("DEEPFREQ_CUDA_GRAPHS") or "1"
    if text not in {"0", "1"}:
        raise ConfigError(f"DEEPFREQ_CUDA_GRAPHS is {text!r}. Give 0 or 1")
    return text == "1"


def frame_ancestors() -> tuple[str, ...]:
    """Origins whose pages may show ours in a frame, besides our own.

    Raises:
        ConfigError: The variable holds something that is no origin.
    """
    origins = tuple((os.environ.get("DEEPFREQ_FRAME_ANCESTORS") or "").split())
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ConfigError(
                f"DEEPFREQ_FRAME_ANCESTORS has {origin[:60]!r}. Give origins separated by spaces, "
                "e.g. https://course.example.org"
            )
    return origins


def project() -> Path:
    """The folder of app.py, pages/ and assets/: the checkout, or within an installed package."""
    package = Path(__file__).resolve().parent
    bundle = package / "_bundle"  # setup.py makes it; there is none in a checkout
    return bundle if bundle.is_dir() else package.parent


def assets() -> Path:
    """The folder of presets, recorded runs and texts.

    Raises:
        ConfigError: It is not there.
    """
    path = project() / "assets"
    if not path.is_dir():
        raise ConfigError(
            f"presets and texts are not at {str(path)!r}: this installation is not whole. "
            "Install DeepFreq again: pip install PATH, or run it from a checkout"
        )
    return path
