"""A small run with telling numbers: LFR of layer l at epoch e is (l + 10 e) / 100."""

import numpy as np
import pytest

from deepfreq_core.config import MlpConfig, layer_names
from deepfreq_core.figures.series import RunSeries
from deepfreq_core.records import Measurement

N_LAYERS, GRID = 3, np.array([0.0, 0.5, 1.0, 1.5])


def measurement(epoch: int, *, sampled: bool = False) -> Measurement:
    layers = np.arange(N_LAYERS + 1.0)[:, None]
    lfr = np.broadcast_to((layers + 10 * epoch) / 100, (N_LAYERS + 1, GRID.size)).copy()
    rdf = np.exp(-((GRID - 0.5) ** 2)) * (layers + 1)
    arrays = {
        "inverse_delta": GRID,
        "lfr": lfr,
        "rdf": rdf,
        "gradient_norm": np.arange(1.0, N_LAYERS + 2),
    }
    if sampled:
        arrays |= {"lfr_se": np.full_like(lfr, 0.01), "rdf_se": np.full_like(rdf, 0.02)}
    scalars = {"train_loss": 1.0 / (1 + epoch), "test_loss": 2.0 / (1 + epoch)}
    return Measurement(epoch=epoch, step=epoch, scalars=scalars, arrays=arrays)


@pytest.fixture
def series() -> RunSeries:
    return RunSeries.of(
        [measurement(epoch) for epoch in (0, 1, 4)], layer_names(MlpConfig(depth=N_LAYERS))
    )


@pytest.fixture
def sampled() -> RunSeries:
    measurements = [measurement(epoch, sampled=True) for epoch in (0, 1)]
    return RunSeries.of(measurements, layer_names(MlpConfig(depth=N_LAYERS)))


@pytest.fixture
def empty() -> RunSeries:
    return RunSeries.empty(layer_names(MlpConfig(depth=N_LAYERS)))
