"""Settings of a run: frozen, checked when made, to and from JSON without loss.

One model per choice, joined by their `name` (data sets, networks, initialisations, schedules). What
belongs to one experiment or instrument stands in its folder; `experiments/reading.py` reads whole
configs. No torch here: the dashboard builds and checks configs without loading it. A new kind is a
new model in its union; nothing else in this file changes.
"""

from deepfreq_core.config.data import (
    ClassData,
    CosineData,
    DataConfig,
    DigitsData,
    FormulaData,
    ImageData,
    ParityData,
    PictureData,
)
from deepfreq_core.config.nets import (
    ActivationName,
    CnnConfig,
    InitConfig,
    MlpConfig,
    NetConfig,
    NormalInit,
    PowerInit,
    ResNetConfig,
    StandardInit,
    VggConfig,
    VitConfig,
    layer_names,
)
from deepfreq_core.config.part import Part
from deepfreq_core.config.run import RunConfig
from deepfreq_core.config.serial import (
    ABSENT,
    fingerprint,
    lookup,
    to_dict,
    to_json,
)
from deepfreq_core.config.training import (
    LEARNING_RATE,
    AdamConfig,
    ConstantRate,
    FreezeChoice,
    FreezeConfig,
    NoFreeze,
    OptimizerConfig,
    RateSchedule,
    SgdConfig,
    StepRate,
    TrainingConfig,
    smaller_rate,
)

__all__ = [
    "ABSENT",
    "LEARNING_RATE",
    "ActivationName",
    "AdamConfig",
    "ClassData",
    "CnnConfig",
    "ConstantRate",
    "CosineData",
    "DataConfig",
    "DigitsData",
    "FormulaData",
    "FreezeChoice",
    "FreezeConfig",
    "ImageData",
    "InitConfig",
    "MlpConfig",
    "NetConfig",
    "NoFreeze",
    "NormalInit",
    "OptimizerConfig",
    "ParityData",
    "Part",
    "PictureData",
    "PowerInit",
    "RateSchedule",
    "ResNetConfig",
    "RunConfig",
    "SgdConfig",
    "StandardInit",
    "StepRate",
    "TrainingConfig",
    "VggConfig",
    "VitConfig",
    "fingerprint",
    "layer_names",
    "lookup",
    "smaller_rate",
    "to_dict",
    "to_json",
]
