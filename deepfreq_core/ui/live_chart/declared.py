"""What the live view is told of a run before anything was measured: its charts and its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from deepfreq_core import theme
from deepfreq_core.config import RunConfig, to_json
from deepfreq_core.experiments import catalogue, reading
from deepfreq_core.instruments import catalogue as instruments
from deepfreq_core.schema import fills
from deepfreq_core.schema.panels import Panel, sections
from deepfreq_core.web.series_writer import describe

LOOKS = {"screen": theme.SCREEN, "projector": theme.PROJECTOR}


def view(config: RunConfig) -> dict[str, Any]:
    """Charts without points, dims and status of a run with these settings, as plain values."""
    return _view(to_json(config))


@lru_cache(maxsize=64)
def _view(text: str) -> dict[str, Any]:
    config = reading.from_json(text)
    reader = catalogue.reader(config)
    schema, known = reader.schema, reader.known()
    return {
        "clock": asdict(schema.clock),
        "dims": {
            name: {"long_name": dim.long_name, "title": dim.title}
            | (describe(dim, known[name]) if name in known else {})
            for name, dim in schema.dims.items()
        },
        "arrays": {name: list(array.dims) for name, array in schema.arrays.items()},
        "sections": {name: sections(_panels(config, look), schema) for name, look in LOOKS.items()},
        "looks": {name: asdict(look) for name, look in LOOKS.items()},
        "table": reader.table,
        "status": [
            {"name": name, "text": said, "is_share": is_share}
            for name, said, is_share in reader.status
        ],
        "headline_cursor": reader.headline_cursor,
    }


def _panels(config: RunConfig, look: theme.Look) -> dict[str, Sequence[Panel]]:
    """Panels by owner, the experiment's under "", that the run has the arrays for."""
    modules = {"": catalogue.module(config.experiment, "panels")} | {
        name: instruments.module(name, "panels") for name in catalogue.instruments_of(config)
    }
    schemas = {owner: part.schema for owner, part in catalogue.reader(config).parts.items()}
    return {
        owner: [panel for panel in module.panels(look) if fills.fits(schemas[owner], panel.figure)]
        for owner, module in modules.items()
    }
