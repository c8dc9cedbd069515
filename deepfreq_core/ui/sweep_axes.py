"""Which settings of the form a sweep can vary, what they are called, which values are proposed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic.fields import FieldInfo

from deepfreq_core import config as configs
from deepfreq_core.config import RunConfig
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading
from deepfreq_core.studies import sweep_plan
from deepfreq_core.studies.sweep_plan import Vary
from deepfreq_core.ui import fields, parts, widgets
from deepfreq_core.ui.fields import Field

_NOT_SWEPT = {"seed", "n_seeds"}  # seeds have a number of their own
_AT_FIRST, _BESIDE = 5, 2  # values chosen at first, of the first setting and of the second
_RATIOS = (0.1, 0.3, 1.0, 3.0, 10.0)
_WHOLE_RATIOS = (0.25, 0.5, 1.0, 2.0, 4.0)
_SMALL = 8  # whole numbers up to this one are proposed one by one
_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8)  # of the range, where the preset has 0
_WITHOUT = {int: (1.0, 2.0, 5.0, 10.0), float: (0.01, 0.03, 0.1, 0.3)}  # where it has none
_LOOKS = 64  # proposals that are kept


@dataclass(frozen=True, slots=True)
class Proposal:
    """Values of a setting to choose from.

    Attributes:
        values: As text, the preset's among them.
        chosen: Those to start with.
        is_open: Whether others may be typed.
    """

    values: tuple[str, ...]
    chosen: tuple[str, ...]
    is_open: bool


def labels(base: RunConfig) -> dict[str, str]:
    """Settings that can vary from these ones, by path: the depth first, then as in the form."""
    plain = configs.to_dict(base)
    found = {
        field.path: field.label
        for field in fields.fields(plain)
        if field.path not in _NOT_SWEPT and _is_swept(field)
    }
    if sweep_plan.can_sweep(base):
        path = sweep_plan.depth_path(base)
        named = {path: "Depth" if found[path] == "Depth" else f"Depth ({found[path].lower()})"}
        found = named | {other: label for other, label in found.items() if other != path}
    often = {label for label in found.values() if list(found.values()).count(label) > 1}
    return {path: f"{label} ({path})" if label in often else label for path, label in found.items()}


def name(path: str, base: RunConfig) -> str:
    """What a setting is called in charts and tables: its label in small letters."""
    usual = sweep_plan.called(path, base)
    if usual != path:
        return usual
    label = labels(base).get(path, path)
    return label[:1].lower() + label[1:]


def vary(base: RunConfig, path: str, values: Sequence[str]) -> Vary:
    """The setting with these values, numbers by size; `ConfigError` where depths are too many."""
    if sweep_plan.can_sweep(base) and sweep_plan.is_depth(base, path):
        return sweep_plan.vary_depth(base, values)
    return Vary(path, name(path, base), by_size(values))


def by_size(values: Sequence[str]) -> tuple[str, ...]:
    """Values with numbers by size before all others, which stay in order."""
    return tuple(sorted(values, key=_size))


def proposal(base: RunConfig, path: str, *, is_second: bool = False) -> Proposal:
    """Values of this setting to choose from; each is possible with all else as it is."""
    return _proposal(configs.to_json(base), path, _BESIDE if is_second else _AT_FIRST)


def in_words(base: RunConfig, path: str, text: str) -> str:
    """A value of a setting, given as text, as people read it."""
    field = _field(base, path)
    if field is None:
        return fields.in_words(text)
    if text.lower() in {"none", "null"} and not widgets.options(field):
        return field.word(None)
    if text in {"true", "false"}:
        return field.word(text == "true")
    return text if _size(text)[0] == 0 else field.word(text)


@lru_cache(maxsize=_LOOKS)
def _proposal(text: str, path: str, n_chosen: int) -> Proposal:
    base = reading.from_json(text)
    plain = configs.to_dict(base)
    if sweep_plan.can_sweep(base) and sweep_plan.is_depth(base, path):
        values = sweep_plan.depths(base)
        return Proposal(values, values[:n_chosen], is_open=True)
    field, value = _field(base, path), configs.lookup(plain, path)
    if field is None:
        return Proposal((), (), is_open=True)
    if given := widgets.options(field):
        possible = _possible(base, path, [str(value), *map(str, given)])
        return Proposal(possible, possible[:_BESIDE], is_open=False)
    if field.type is bool:
        return Proposal(("false", "true"), ("false", "true"), is_open=False)
    info = next(one.info for one in parts.settings(plain) if one.path == path)
    kind = field.type
    numbers = [fields.in_digits(one) for one in _around(value, kind, info)]
    possible = _possible(base, path, numbers)
    if value is None:
        return Proposal((*possible, "null"), possible[:n_chosen], is_open=True)
    return Proposal(possible, _near(possible, fields.in_digits(value), n_chosen), is_open=True)


def _around(value: float | None, kind: type, info: FieldInfo) -> Iterable[float]:
    """Numbers around the preset's, as far as their ratios or their range say."""
    limits = {type(limit).__name__: limit for limit in info.metadata}
    high = next((float(getattr(limits[k], k.lower())) for k in ("Le", "Lt") if k in limits), None)
    if value is None:
        return _WITHOUT[kind]
    if kind is int and 0 <= value <= _SMALL:
        first = max(0, int(value) - 2)
        return [float(one) for one in range(first, first + 5)]
    if value == 0:
        return [share * (high or 1.0) for share in _SHARES]
    if kind is int:
        return [float(round(value * ratio)) for ratio in _WHOLE_RATIOS]
    return sorted(float(f"{value * ratio:.3g}") if ratio != 1 else value for ratio in _RATIOS)


def _near(values: tuple[str, ...], wanted: str, n: int) -> tuple[str, ...]:
    """So many neighbours, the preset's value among them."""
    if wanted not in values:
        return values[:n]
    first = max(0, min(values.index(wanted) - n // 2, len(values) - n))
    return values[first : first + n]


def _possible(base: RunConfig, path: str, values: Iterable[str]) -> tuple[str, ...]:
    """Each value once, and only those that these settings can have."""
    return tuple(text for text in dict.fromkeys(values) if _can(base, path, text))


def _can(base: RunConfig, path: str, text: str) -> bool:
    try:
        reading.override(base, [f"{path}={text}"])
    except ConfigError:
        return False
    return True


def _is_swept(field: Field) -> bool:
    """Whether it is a number, a choice or a yes and no."""
    options = widgets.options(field)
    return len(options) > 1 or (not options and field.type in {int, float, bool})


def _field(base: RunConfig, path: str) -> Field | None:
    found = fields.fields(configs.to_dict(base))
    return next((field for field in found if field.path == path), None)


def _size(text: str) -> tuple[int, float]:
    try:
        return 0, float(text)
    except ValueError:
        return 1, 0.0
