"""What all settings share: frozen, checked when made, no unknown names, no NaN."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """One group of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def every_part(above: type[Part] = Part) -> Iterator[type[Part]]:
    """All models of settings that were loaded, also those that share a model of their own.

    Yields:
        The models below `above`, each once.
    """
    for model in above.__subclasses__():
        yield model
        yield from every_part(model)
