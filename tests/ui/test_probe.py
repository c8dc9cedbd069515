"""A training of somebody's own on the pages: watched as any run, launched by nobody."""

import numpy as np
import pytest
import torch

from deepfreq_core import Probe
from tests.ui.conftest import ME, view


def test_a_probe_is_watched_and_cannot_be_launched_or_resumed(page, store):
    x = np.linspace(-3, 3, 32, dtype=np.float32)[:, None]
    net = torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    with pytest.raises(ValueError, match="no more"), Probe(net, x, np.sin(x), owner=ME) as probe:
        probe.measure(0)
        at = page("live", run=probe.run_id)
        assert view(at)["state"] == "running/1"
        keys = [one.key for one in at.button]
        assert any(key.startswith("lab.stop") for key in keys)
        assert not any(key.startswith(("lab.pause", "lab.use", "lab.reseed")) for key in keys)
        raise ValueError("no more")
    at = page("live", run=probe.run_id)
    assert view(at)["state"].startswith("failed")
    assert not any(one.key.startswith("lab.resume") for one in at.button)
    assert "Sequential" in " ".join(one.value for one in at.markdown)
