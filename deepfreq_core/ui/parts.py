"""Settings as the config models have them: parts, the kinds they come in, what each starts from.

The form asks here, so that an experiment, an instrument or a new kind of part appears in it
without a change there. Paths are dotted, and `….name` chooses the kind of a part; it stands before
the details of that kind, as `url_state` needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from deepfreq_core.experiments import catalogue as experiments
from deepfreq_core.instruments import catalogue as instruments

Models = Mapping[str, type[BaseModel]]
_NO_CHOICE = {"experiment", "version"}


def every_path() -> tuple[str, ...]:
    """All settings of all experiments, whichever kinds are chosen."""
    walks = (_walk(experiments.model(name), None) for name in experiments.EXPERIMENTS)
    return tuple(dict.fromkeys(path for walk in walks for path in walk))


def paths(plain: Mapping[str, Any]) -> Iterator[str]:
    """Settings of this config, of the kinds chosen in it."""
    return _walk(experiments.model(plain["experiment"]), plain)


def kinds(part: str, plain: Mapping[str, Any]) -> Models:
    """Models that a part may be in this config, by the names they answer to."""
    owner, _, name = part.rpartition(".")
    return _kinds(model(owner, plain).model_fields[name].annotation)


def replace(plain: dict[str, Any], name_path: str, kind: str) -> None:
    """Let the part whose `.name` this is start from the defaults of another kind, in place."""
    part = name_path.removesuffix(".name")
    found = kinds(part, plain)[kind]
    *parents, last = part.split(".")
    inside = plain
    for parent in parents:
        inside = inside[parent]
    inside[last] = found.model_validate({"name": kind}).model_dump(mode="json")


def model(part: str, plain: Mapping[str, Any]) -> type[BaseModel]:
    """Model of a part as the plain config has it; of the whole config where part is "".

    Raises:
        KeyError: The config has no such part.
    """
    found: type[BaseModel] = experiments.model(plain["experiment"])
    value: Any = plain
    names = iter(part.split(".") if part else ())
    for name in names:
        annotation, value = found.model_fields[name].annotation, value[name]
        if _is_instruments(annotation):
            name = next(names)
            found, value = instruments.config_model(name), value[name]
        elif models := _kinds(annotation):
            found = models[value["name"]]
        elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found = annotation
        else:
            raise KeyError(part)
    return found


def info(path: str, plain: Mapping[str, Any]) -> FieldInfo | None:
    """Pydantic's knowledge of a setting; None where the kinds chosen do not have it."""
    part, _, name = path.rpartition(".")
    try:
        return model(part, plain).model_fields.get(name)
    except (KeyError, StopIteration):  # the part itself is not there: a network without `init`
        return None


def _walk(found: type[BaseModel], plain: Mapping[str, Any] | None, to: str = "") -> Iterator[str]:
    """Below a model.

    Args:
        found: The model.
        plain: Its values; None for all kinds of its parts instead of those chosen.
        to: Its own path, with a dot behind it.

    Yields:
        Paths of settings.
    """
    for name, info in found.model_fields.items():
        path, annotation = f"{to}{name}", info.annotation
        inside = None if plain is None else plain[name]
        if path in _NO_CHOICE:
            continue
        if _is_instruments(annotation):
            for one in instruments.INSTRUMENTS if inside is None else inside:
                its = None if inside is None else inside[one]
                yield from _walk(instruments.config_model(one), its, f"{path}.{one}.")
        elif models := _kinds(annotation):
            yield f"{path}.name"
            chosen = models.values() if inside is None else (models[inside["name"]],)
            for one in dict.fromkeys(chosen):
                below = _walk(one, inside, f"{path}.")
                yield from (each for each in below if each != f"{path}.name")
        elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _walk(annotation, inside, f"{path}.")
        else:
            yield path


def _kinds(annotation: Any) -> Models:
    """Models by name where a setting is a union of them; else empty."""
    kinds = get_args(annotation)
    models = [one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)]
    if not models or len(models) < sum(isinstance(one, type) for one in kinds):
        return {}
    return {name: one for one in models for name in get_args(one.model_fields["name"].annotation)}


def _is_instruments(annotation: Any) -> bool:
    return get_origin(annotation) is Mapping
