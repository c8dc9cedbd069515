"""Everything DeepFreq raises on purpose.

    DeepFreqError
    ├── ConfigError           a setting has a value that cannot be used
    ├── ShapeError            arrays do not fit together
    ├── DataUnavailable       a data set is neither on disk nor can be downloaded
    ├── BackendUnavailable    a backend or device that was asked for by name is not here
    ├── RunNotFound           no run has this id
    ├── RunFailed             a run ended with an error of its own
    │   └── TrainingDiverged  its loss went up and did not come back
    └── in runs/errors.py
        ├── StoreUnavailable  the run database cannot be read or written just now
        ├── NotYours          the run belongs to another owner than the one who asks
        ├── RunDamaged        what is stored of a run is not what was written
        └── WrongState        the run is in a state from which this cannot be done
            └── LeaseLost     the run belongs to another worker by now

A message names the value, what is allowed, and the next step. The command line prints it as
one line and exits with status 2; the dashboard shows it. Any other exception is a bug. Whoever
writes a value of somebody else's into a message writes it `quoted`; whoever shows a message shows
it `readable`.
"""

_LONGEST = 600  # characters of a message; a reader gives up before
_END = 200  # of them at its end, where the next step stands


class DeepFreqError(Exception):
    """Base of all errors that are meant for the user to read."""


class ConfigError(DeepFreqError):
    """A setting has a value that cannot be used."""


class ShapeError(DeepFreqError):
    """Arrays do not fit together."""


class DataUnavailable(DeepFreqError):
    """A data set is neither on disk nor can be downloaded."""


class BackendUnavailable(DeepFreqError):
    """A backend or device that was asked for by name is not here."""


class RunNotFound(DeepFreqError):
    """No run has this id."""


class RunFailed(DeepFreqError):
    """A run ended with an error of its own; the message quotes its last line."""


class TrainingDiverged(RunFailed):
    """The loss of a training went up and did not come back."""


def readable(error: BaseException | str) -> str:
    """The message on one line, cut in the middle where nobody would read it to its end."""
    text = " ".join(str(error).split())
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST - _END - 3]} … {text[-_END:]}"


def quoted(value: object) -> str:
    """A value as it stands in a message: as JSON's null or Python has it, and cut."""
    return "null" if value is None else cut(repr(value))


def cut(text: str, longest: int = 60) -> str:
    """The text with no more characters than this."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
