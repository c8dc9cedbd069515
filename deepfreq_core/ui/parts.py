"""The parts of a config that come in kinds (data set, initialisation, …), read from the models.

The form asks here which kinds there are and what each starts from, so that a new kind
in `config` appears without a change in the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from deepfreq_core import config as configs

# path of the part -> the models it may be
UNIONS: Mapping[str, Any] = {
    "data": configs.DataConfig,
    "net": configs.NetConfig,
    "net.init": configs.InitConfig,
    "training.optimizer": configs.OptimizerConfig,
    "training.schedule": configs.RateSchedule,
    "training.freeze": configs.FreezeChoice,
}
_FIXED: Mapping[str, type[BaseModel]] = {
    "": configs.LayersConfig,
    "training": configs.TrainingConfig,
    "measure": configs.MeasureConfig,
}


def kinds(part: str) -> dict[str, type[BaseModel]]:
    """Models of a part by the names they answer to."""
    union = get_args(UNIONS[part])[0]
    return {
        name: model
        for model in get_args(union)
        for name in get_args(model.model_fields["name"].annotation)
    }


def defaults(part: str, kind: str) -> dict[str, Any]:
    """What a part of this kind starts from, as plain values."""
    return kinds(part)[kind].model_validate({"name": kind}).model_dump(mode="json")


def replace(plain: dict[str, Any], name_path: str, kind: str) -> None:
    """Let the part whose `.name` this is start from the defaults of another kind, in place."""
    part = name_path.removesuffix(".name")
    *parents, last = part.split(".")
    inside = plain
    for parent in parents:
        inside = inside[parent]
    inside[last] = defaults(part, kind)


def model(part: str, plain: Mapping[str, Any]) -> type[BaseModel]:
    """Model of a part as the plain config has it."""
    if part in _FIXED:
        return _FIXED[part]
    value: Any = plain
    for name in part.split("."):
        value = value[name]
    return kinds(part)[value["name"]]


def info(path: str, plain: Mapping[str, Any]) -> FieldInfo | None:
    """Pydantic's knowledge of a setting; None where the kinds chosen do not have it."""
    part, _, name = path.rpartition(".")
    try:
        return model(part, plain).model_fields.get(name)
    except KeyError:  # the part itself is not there: a network without `init`
        return None
