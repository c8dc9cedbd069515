"""What it measures: all of it depends on every epoch before, so a resume cannot go unnoticed."""

import numpy as np

from deepfreq_core.instruments.snapshot import Samples


class DriftMeter:
    """See the module; `watched` tells a test when it was called."""

    gradients = frozenset({"held"})
    watches = frozenset({"held"})
    watched: list[tuple[float, int]] = []  # noqa: RUF012 (a test empties it)

    def __init__(self, config, *, n_seeds):
        self._n_held = config.n_held
        self._last = np.zeros(n_seeds)
        self._path = np.zeros(n_seeds)

    def samples(self, data, *, seed, device):
        return {"held": Samples.of(data, "test", device, slice(self._n_held))}

    def begin(self, snapshots):
        for snapshot in snapshots:
            self._last[snapshot.member] = _norm(snapshot)
        return {"weights": np.arange(len(snapshots[0].gradient_norm("held")), dtype=float)}

    def watch(self, snapshot):
        self.watched.append((snapshot.at, snapshot.member))
        now = _norm(snapshot)
        self._path[snapshot.member] += abs(now - self._last[snapshot.member])
        self._last[snapshot.member] = now

    def read(self, snapshot):
        norms = np.array(snapshot.gradient_norm("held"))
        return {"path": np.asarray(self._path[snapshot.member]), "norms": norms}

    def facts(self):
        return {"n_held": self._n_held}

    def state(self):
        return {"last": self._last.copy(), "path": self._path.copy()}

    def restore(self, state):
        self._last, self._path = np.array(state["last"]), np.array(state["path"])

    def cost(self, sizes):
        return 7.0 * sizes.n_parameters


def _norm(snapshot):
    squares = [float(p.detach().double().square().sum()) for p in snapshot.net.parameters()]
    return float(np.sqrt(sum(squares)))


INSTRUMENT = DriftMeter
