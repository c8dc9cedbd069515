"""Runs as claims see them: a few curves, every scalar, and the same again from a record."""

import json

import numpy as np

from deepfreq_core.instruments.layers import trace
from deepfreq_core.records import Measurement

GRID = np.linspace(0.0, 40.0, 41)
COORDINATES = {
    "layers/layer": ("input", "x", "y", "z"),
    "layers/weights": ("x", "y", "z", "output"),
    "layers/inverse_delta": GRID,
}


def measured(n: int) -> list[Measurement]:
    lfr = np.linspace(0, 1, 4)[:, None] * GRID / 40
    arrays = {"layers/lfr": lfr, "layers/rdf": lfr, "layers/gradient_norm": np.ones(4)}
    return [Measurement(e, {"train_loss": 1 / (e + 1)}, arrays) for e in range(n)]


def test_trace_keeps_first_and_last_and_all_scalars():
    one = trace.trace({"a": "b"}, 0, measured(50), COORDINATES, {})
    assert one.epoch[0] == 0 and one.epoch[-1] == 49 and len(one.epoch) == 3
    assert len(one.scalar_epoch) == len(one.scalars["train_loss"]) == 50
    assert one.layers == ("input", "x", "y", "z")
    json.dumps(trace.to_dict(one))


def test_what_is_recorded_comes_back_with_gaps_and_the_facts_that_count():
    measurements = measured(2)
    measurements[1].scalars["train_loss"] = np.nan
    facts = {"backend": "cpu", "device_name": "said once for the claim"}
    reads = trace.Traces()
    one = reads.read({"a": "b"}, 3, measurements, COORDINATES, facts)
    back = reads.from_dict(json.loads(json.dumps(reads.to_dict(one))))
    assert (back.case, back.seed, back.layers, back.facts) == (
        *({"a": "b"}, 3, one.layers),
        {"backend": "cpu"},
    )
    np.testing.assert_array_equal(back.scalars["train_loss"], [1.0, np.nan])
    np.testing.assert_allclose(back.lfr, one.lfr, rtol=5e-4)  # four significant digits


def test_a_single_measurement_is_first_and_last():
    one = trace.trace({}, 0, measured(1), COORDINATES, {})
    assert one.epoch.tolist() == [0.0] and one.lfr.shape == (1, 4, 41)
