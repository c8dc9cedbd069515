"""Settings as the config models have them: parts, the kinds they come in, what each starts from.

The form asks here, so that an experiment, an instrument or a new kind of part appears in it
without a change there. Paths are dotted, and `….name` chooses the kind of a part; it stands before
the details of that kind, as `url_state` needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from deepfreq_core.config.form import form_of
from deepfreq_core.experiments import catalogue as experiments
from deepfreq_core.instruments import catalogue as instruments

Models = Mapping[str, type[BaseModel]]
MORE = "more"  # the group of what nobody gave a place


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a config.

    Attributes:
        path: Where it is; `….name` where it is the choice of a part's kind.
        group: Its own group, or that of the part it is in.
        info: Pydantic's knowledge of it; of a choice of kind, that of the part.
        kinds: Models that the part may be, by the names they answer to; empty for other settings.
    """

    path: str
    group: str
    info: FieldInfo
    kinds: Models = field(default_factory=dict)


def every() -> Iterator[Setting]:
    """All settings of all experiments, of whichever kinds; one path may come several times."""
    models = (experiments.model(name) for name in experiments.EXPERIMENTS)
    return chain.from_iterable(_walk(model, None) for model in models)


def settings(plain: Mapping[str, Any]) -> Iterator[Setting]:
    """Settings of this config, of the kinds chosen in it."""
    return _walk(experiments.model(plain["experiment"]), plain)


def kinds(part: str, plain: Mapping[str, Any]) -> Models:
    """Models that a part may be in this config, by the names they answer to."""
    return {one.path: one.kinds for one in settings(plain)}[f"{part}.name"]


def replace(plain: dict[str, Any], name_path: str, kind: str) -> None:
    """Let the part whose `.name` this is start from the defaults of another kind, in place."""
    part = name_path.removesuffix(".name")
    found = kinds(part, plain)[kind]
    *parents, last = part.split(".")
    inside = plain
    for parent in parents:
        inside = inside[parent]
    inside[last] = found.model_validate({"name": kind}).model_dump(mode="json")


def _walk(
    found: type[BaseModel], plain: Mapping[str, Any] | None, to: str = "", group: str = ""
) -> Iterator[Setting]:
    """Below a model.

    Args:
        found: The model.
        plain: Its values; None for all kinds of its parts instead of those chosen.
        to: Its own path, with a dot behind it.
        group: The group of what has none of its own.

    Yields:
        Its settings.
    """
    for name, info in found.model_fields.items():
        path, annotation = f"{to}{name}", info.annotation
        inside = None if plain is None else plain[name]
        own = form_of(info).group or group
        if get_origin(annotation) is Literal and len(get_args(annotation)) == 1:
            continue  # what kind this is: nothing to choose
        if get_origin(annotation) is Mapping:  # parts by name: the instruments
            for one in instruments.INSTRUMENTS if inside is None else inside:
                its = None if inside is None else inside[one]
                yield from _walk(instruments.config_model(one), its, f"{path}.{one}.", own or name)
        elif models := _kinds(annotation):
            yield Setting(f"{path}.name", own or name, info, models)
            chosen = models.values() if inside is None else (models[inside["name"]],)
            for kind in dict.fromkeys(chosen):
                below = _walk(kind, inside, f"{path}.", own or name)
                yield from (each for each in below if each.path != f"{path}.name")
        elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _walk(annotation, inside, f"{path}.", own or name)
        else:
            yield Setting(path, own or MORE, info)


def _kinds(annotation: Any) -> Models:
    """Models by name where a setting is a union of them; else empty."""
    kinds = get_args(annotation)
    models = [one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)]
    if not models or len(models) < sum(isinstance(one, type) for one in kinds):
        return {}
    return {name: one for one in models for name in get_args(one.model_fields["name"].annotation)}
