"""A run of the layers alone, and one beside two hostile instruments; each with a measurement that
lacks something.
"""

import numpy as np
import pytest

from deepfreq_core import exports
from deepfreq_core.experiments import reading
from deepfreq_core.records import Measurement
from deepfreq_core.runs.state import RunState
from deepfreq_core.runs.store import RunStore
from tests import hostile as instruments
from tests.rehearsal import rehearsal

GRID = np.linspace(0.0, 1.0, 4)


@pytest.fixture
def store(home, rehearsals):
    store = RunStore()
    yield store
    store.close()


def layers(epoch):
    lfr = (epoch + 1 / 3) * np.exp(-np.outer(np.arange(3), GRID))
    found = {"layers/lfr": lfr, "layers/rdf": lfr / 7}
    return found | ({"layers/gradient_norm": np.array([0.5, np.nan, 0.1])} if epoch else {})


@pytest.fixture
def plain(store):
    """The layers alone, two measurements; the first lacks the norms."""
    run = store.create(rehearsal(seed=1), title='Depth, "two"')
    store.start(run.id, worker="w")
    for epoch in range(2):
        measured = Measurement(
            at=float(epoch),
            scalars={"train_loss": 1 / 7, "step": 10.0 * epoch}
            | ({"test_loss": 1.0} if epoch else {}),
            arrays=layers(epoch),
            coordinates={} if epoch else {"layers/inverse_delta": GRID},
            facts={} if epoch else {"backend": "fake"},
        )
        store.append(run.id, measured, worker="w")
    store.finish(run.id, RunState.DONE, worker="w")
    return run.id


@pytest.fixture
def hostile(store, monkeypatch):
    """Three instruments, four measurements."""
    instruments.register(monkeypatch)
    config = reading.from_dict({
        **{"experiment": "train", "version": 2, "net": {"name": "mlp", "depth": 2}},
        "instruments": {"layers": {"n_grid": 4}, "hostile": {}, "only_scalars": {}},
    })
    run = store.create(config)
    store.start(run.id, worker="w")
    for epoch in range(4):
        store.append(run.id, instruments.measurement(epoch, layers(epoch), GRID), worker="w")
    store.finish(run.id, RunState.DONE, worker="w")
    return run.id


@pytest.fixture
def content(store):
    def read(run_id):
        run, measurements = store.read(run_id)
        return exports.content(run, measurements, store.coordinates(run_id))

    return read
