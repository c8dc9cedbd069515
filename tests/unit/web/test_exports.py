"""Exports of a run of several seeds."""

import csv
import io
from types import SimpleNamespace

import numpy as np

from deepfreq_core.records import Measurement
from deepfreq_core.web import exports


def test_the_table_holds_the_means_over_seeds():
    arrays = {
        "inverse_delta": np.array([0.0, 0.5, 1.0]),
        "lfr": np.full((2, 3), 0.5),
        "lfr_seeds": np.zeros((4, 2, 3)),
        "gradient_norm_seeds": np.zeros((4, 2)),  # two axes, but not layer and grid
        "train_loss_seeds": np.zeros(4),
    }
    measurement = Measurement(epoch=0, step=0, scalars={"train_loss": 0.1}, arrays=arrays)
    run = SimpleNamespace(layer_names=("input", "layer 1"))
    rows = list(csv.DictReader(io.StringIO("".join(exports.as_csv(run, [(1, measurement)])))))
    assert len(rows) == 2 * 3
    assert rows[0].keys() == {
        *("epoch", "step", "layer", "layer_name", "inverse_delta", "lfr", "train_loss")
    }
