"""What the address bar holds of the page of sweeps: the form, the sweep on show, its outcome.

    ?preset=digits-demo&vary=net.width&values=50,100&also=net.activation&also_values=tanh,relu
    &seeds=3&wanted=train_loss&sweep=abcdefghij&outcome=layers/frequency&label=layer 1

Every name has a type and a whitelist; what cannot be used is left out, with a notice. Values of
settings are text here and are checked with the whole plan, as those typed into the form are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deepfreq_core.config import RunConfig
from deepfreq_core.config.migrations import moved
from deepfreq_core.studies import outcomes
from deepfreq_core.ui import sweep_axes

NAMES = (
    *("preset", "vary", "values", "also", "also_values"),
    *("seeds", "target", "epochs", "wanted"),
)
NEVER = "never"  # a target that ends no run
MOST_SEEDS = 24
_LONGEST = 1_200  # characters of one value


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks the form to hold; None leaves a part as it is by itself.

    Attributes:
        preset: Slug of a preset that exists.
        vary: Path of the first setting.
        values: Its values, as text.
        also: Path of the second setting.
        also_values: Its values, as text.
        seeds: Runs of each combination.
        target: Loss at which runs end; infinity for none.
        epochs: Epochs at most.
        wanted: The outcome, by its whole name.
        notices: One sentence for each part that was ignored.
    """

    preset: str | None = None
    vary: str | None = None
    values: tuple[str, ...] | None = None
    also: str | None = None
    also_values: tuple[str, ...] | None = None
    seeds: int | None = None
    target: float | None = None
    epochs: int | None = None
    wanted: str | None = None
    notices: tuple[str, ...] = ()


def decode(query: Mapping[str, str], presets: Mapping[str, RunConfig], default: str) -> Asked:
    """Read a query string.

    Args:
        query: Names and values as the browser sent them.
        presets: Configs of the presets by slug.
        default: Slug to start from where the link names none.
    """
    notices: list[str] = []

    def take(name: str, read: Callable[[str], object]) -> object:
        if name not in query:
            return None
        text = query[name]
        found = read(text) if len(text) <= _LONGEST else None
        if found is None:
            short = f"{text[:40]}…" if len(text) > 40 else text
            notices.append(f"{name} cannot be “{short}” here; left as it was.")
        return found

    preset = take("preset", lambda text: text if text in presets else None)
    base = presets[str(preset or default)]
    paths = sweep_axes.labels(base)
    declared = outcomes.names(base)

    def path(text: str) -> str | None:
        return moved(text) if moved(text) in paths else None

    vary, also = take("vary", path), take("also", path)
    asked = {
        "preset": preset,
        "vary": vary,
        "values": take("values", _split) if vary or "vary" not in query else None,
        "also": also,
        "also_values": take("also_values", _split) if also else None,
        "seeds": take("seeds", lambda text: _whole(text, MOST_SEEDS)),
        "target": take("target", _target),
        "epochs": take("epochs", lambda text: _whole(text, 1_000_000)),
        "wanted": take(
            "wanted",
            lambda text: text if text in declared.values() else declared.get(text),
        ),
    }
    return Asked(**asked, notices=tuple(notices))  # type: ignore[arg-type]


def encode(asked: Asked) -> dict[str, str]:
    """The parts that are not left as they are by themselves; `decode` gives them back."""
    target = asked.target
    parts = {
        "preset": asked.preset,
        "vary": asked.vary,
        "values": None if asked.values is None else ",".join(asked.values),
        "also": asked.also,
        "also_values": None if asked.also_values is None else ",".join(asked.also_values),
        "seeds": None if asked.seeds is None else str(asked.seeds),
        "target": None if target is None else NEVER if math.isinf(target) else f"{target:g}",
        "epochs": None if asked.epochs is None else str(asked.epochs),
        "wanted": asked.wanted,
    }
    return {name: text for name, text in parts.items() if text is not None}


def _split(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _whole(text: str, most: int) -> int | None:
    number = int(text) if text.isascii() and text.isdigit() else 0
    return number if 0 < number <= most else None


def _target(text: str) -> float | None:
    if text == NEVER:
        return math.inf
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None
