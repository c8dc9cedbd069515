"""A stranger's module in a plain PyTorch loop, watched by a `Probe`."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import deepfreq_core
from deepfreq_core import Probe, exports, ratio_curve
from deepfreq_core.errors import ConfigError, ShapeError
from deepfreq_core.runs import files
from deepfreq_core.runs.errors import WrongState
from deepfreq_core.runs.launchers.inline import InlineLauncher
from deepfreq_core.runs.state import Request, RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.ui.live_chart import declared
from deepfreq_core.web.series import SeriesCache

ROOT = Path(__file__).resolve().parents[2]
LAYERS = {"layers": {"n_grid": 6, "upper": 3.0, "backend": "cpu"}}


@pytest.fixture
def store(home):
    store = RunStore()
    yield store
    store.close()


@pytest.fixture
def curve():
    x = torch.linspace(-3, 3, 64)[:, None]
    return x, torch.sin(3 * x)


def plain_net(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1)
    )


class Branched(nn.Module):
    """Pictures, two ways through them, and parts that are easily disturbed."""

    def __init__(self):
        super().__init__()
        self.wide = nn.Conv2d(1, 3, 3, padding=1)
        self.norm = nn.BatchNorm2d(3)
        self.bend = nn.ReLU(inplace=True)
        self.narrow = nn.Conv2d(1, 3, 1)
        self.drop = nn.Dropout(0.5)
        self.end = nn.Linear(3 * 16, 4)

    def forward(self, x):
        # Called in another order than written down.
        side = self.narrow(x)
        both = self.bend(self.norm(self.wide(x))) + side
        return self.end(self.drop(both.flatten(1)))


def pictures():
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(40, 1, 4, 4, generator=generator)
    return x, torch.arange(40) % 4


def train(net, x, y, epochs, look=None, loss=nn.functional.mse_loss):
    steps = torch.optim.Adam(net.parameters(), lr=1e-2)
    for epoch in range(epochs):
        if look:
            look(epoch)
        steps.zero_grad()
        loss(net(x), y).backward()
        steps.step()
    return [p.detach().clone() for p in net.parameters()]


def test_a_plain_loop_is_a_run_like_any(store, curve):
    x, y = curve
    net = plain_net()
    with Probe(net, x, y, instruments=LAYERS, title="Mine", epochs=5) as probe:
        run = store.get(probe.run_id)
        assert (run.state, run.owner, run.title) == (RunState.RUNNING, "local", "Mine")
        assert files.is_locked(files.worker_lock(run.id))
        train(net, x, y, 5, probe.measure)
        seen = store.get(run.id)
        assert (seen.state, seen.n_measurements, seen.progress["at"]) == (RunState.RUNNING, 5, 4)
        last = probe.measure(5)
    run = store.get(probe.run_id)
    assert (run.state, run.error) == (RunState.DONE, None)
    assert run.config.net.layers == ("1", "3") and run.config.net.kind == "Sequential"
    assert run.facts["layer_names"] == ["input", "1", "3"]
    kept = [m for _, m in store.measurements(run.id)]
    assert [m.at for m in kept] == [0, 1, 2, 3, 4, 5]
    np.testing.assert_array_equal(kept[-1].arrays["layers/lfr"], last.arrays["layers/lfr"])
    with torch.no_grad():
        loss = float(nn.functional.mse_loss(net(x), y))
    assert kept[-1].scalars["train_loss"] == pytest.approx(loss, rel=1e-5)
    assert not files.is_locked(files.worker_lock(run.id))


def test_what_is_measured_is_what_the_library_says_of_the_hidden_outputs(store, curve):
    x, y = curve
    net = plain_net()
    with Probe(net, x, y, instruments=LAYERS) as probe:
        found = probe.measure(0)
    grid = found.coordinates["layers/inverse_delta"]
    hidden = [x, net[:2](x).detach(), net[:4](x).detach()]
    expected = [
        ratio_curve(h.numpy(), y.numpy(), grid, normalize="max_abs").low_frequency_ratio
        for h in hidden
    ]
    # At 1/δ = 0 only the mean passes, and that of a sine is 0.
    np.testing.assert_allclose(found.arrays["layers/lfr"], expected, rtol=2e-4, atol=1e-12)
    (gradients,) = [
        torch.autograd.grad(nn.functional.mse_loss(net(x), y), [net[i].weight for i in (0, 2, 4)])
    ]
    np.testing.assert_allclose(
        found.arrays["layers/gradient_norm"], [float(g.norm()) for g in gradients], rtol=1e-4
    )


def test_the_dashboard_and_all_exports_have_it(store, curve):
    x, y = curve
    net = plain_net()
    with Probe(net, x, y, instruments=LAYERS) as probe:
        train(net, x, y, 3, probe.measure)
        live = json.loads(SeriesCache(store).answer(probe.run_id))
        assert (live["state"], len(live["measurements"])) == ("running", 3)
    run, rows = store.read(probe.run_id)
    groups = [
        g["name"] for s in declared.view(run.config)["sections"]["screen"] for g in s["groups"]
    ]
    assert "layers.ratio" in groups and "training" in groups
    content = exports.content(run, rows, store.coordinates(run.id))
    assert len(list(exports.as_csv(content, exports.table_names(content)[0]))) > 0
    opened = deepfreq_core.open_run(run.id)
    assert opened["lfr"].sizes["layer"] == 3
    assert list(opened["layer"].values) == ["input", "1", "3"]


def test_a_branch_is_cut_in_the_order_of_its_calls(store):
    x, y = pictures()
    net = Branched()
    wanted = ["bend", "wide", "narrow"]
    with Probe(net, x, y, layers=wanted, instruments=LAYERS, loss="cross_entropy") as probe:
        found = probe.measure(0)
    run = store.get(probe.run_id)
    assert run.config.net.layers == ("narrow", "wide", "bend")
    assert (run.config.data.input_shape, run.config.data.has_classes) == ((1, 4, 4), True)
    net.eval()
    with torch.no_grad():
        expected = float(nn.functional.cross_entropy(net(x), y))
    assert found.scalars["train_loss"] == pytest.approx(expected, rel=1e-5)
    right = (net(x).argmax(1) == y).double().mean()
    assert found.scalars["train_accuracy"] == pytest.approx(float(right))
    # Batch normalisation and the ReLU in place come behind the cut at `wide`.
    wide = net.wide(x).detach().flatten(1).numpy()
    grid = found.coordinates["layers/inverse_delta"]
    one_hot = np.eye(4)[y.numpy()]
    curve = ratio_curve(wide, one_hot, grid, normalize="max_abs").low_frequency_ratio
    np.testing.assert_allclose(found.arrays["layers/lfr"][2], curve, rtol=2e-4)


def test_a_watched_training_is_the_same_to_the_bit(home):
    x, y = pictures()
    ends = []
    for is_watched in (False, True):
        torch.manual_seed(5)
        net = Branched()
        net.norm.eval()  # frozen statistics in a network that trains: no mode for all
        modes = {name: part.training for name, part in net.named_modules()}
        look = None
        if is_watched:
            torch_state = torch.get_rng_state()
            probe = Probe(net, x, y, layers=["bend"], instruments=LAYERS, loss="cross_entropy")
            assert torch.equal(torch.get_rng_state(), torch_state)
            look = probe.measure
        ends.append(train(net, x, y, 4, look, nn.functional.cross_entropy))
        assert {name: part.training for name, part in net.named_modules()} == modes
        assert not any(part._forward_hooks for part in net.modules())
        ends[-1] += [net.norm.running_mean.clone(), *(p.grad.clone() for p in net.parameters())]
    probe.close()
    assert all(torch.equal(a, b) for a, b in zip(*ends, strict=True))


def test_nothing_is_left_in_a_module_that_fails_while_it_is_watched(home, curve):
    x, y = curve
    net = plain_net()
    with pytest.raises(RuntimeError, match="in the middle"), Probe(net, x, y) as probe:

        def fail(*_):
            raise RuntimeError("in the middle")

        handle = net[4].register_forward_pre_hook(fail)
        probe.measure(0)
    handle.remove()
    assert all(part.training for part in net.modules())
    assert not any(part._forward_hooks for part in net.modules())


def test_a_crash_ends_the_run_with_its_traceback(store, curve):
    x, y = curve
    with pytest.raises(ZeroDivisionError), Probe(plain_net(), x, y, instruments=LAYERS) as probe:
        probe.measure(0)
        1 / 0  # noqa: B018
    run = store.get(probe.run_id)
    assert (run.state, run.error) == (RunState.FAILED, "ZeroDivisionError: division by zero")
    assert run.n_measurements == 1
    log = files.log_tail(run.id)
    assert "Traceback" in log and "test_a_crash_ends_the_run" in log


def test_who_interrupts_or_is_asked_stops_it(store, curve, monkeypatch):
    x, y = curve
    with pytest.raises(KeyboardInterrupt), Probe(plain_net(), x, y) as probe:
        raise KeyboardInterrupt
    assert store.get(probe.run_id).state is RunState.STOPPED
    monkeypatch.setattr("deepfreq_core.runs.worker.heart.BEAT_S", 0.01)
    with Probe(plain_net(), x, y, instruments=LAYERS) as probe:
        assert not probe.is_asked_to_stop
        store.request(probe.run_id, Request.STOP)
        epoch = 0
        while not probe.is_asked_to_stop:
            probe.measure(epoch)
            epoch += 1
    assert store.get(probe.run_id).state is RunState.STOPPED


def test_a_training_outlives_its_run(store, curve, caplog):
    x, y = curve
    with Probe(plain_net(), x, y, instruments=LAYERS) as probe:
        probe.measure(0)
        store.delete(probe.run_id, stop=True)
        assert probe.measure(1).arrays["layers/lfr"].shape == (3, 6)
        assert probe.measure(2).at == 2
    assert not store.exists(probe.run_id)
    assert caplog.text.count("nothing more is kept") == 1


def test_nothing_is_launched_from_its_settings(store, curve):
    x, y = curve
    with pytest.raises(ValueError, match="stop here"), Probe(plain_net(), x, y) as probe:
        probe.measure(0)
        raise ValueError("stop here")
    with pytest.raises(WrongState, match="made by a program of its own"):
        store.resume(probe.run_id)
    assert store.get(probe.run_id).n_measurements == 1
    again = store.create(store.get(probe.run_id).config)
    InlineLauncher(store).submit(again.id)
    failed = store.get(again.id)
    assert failed.state is RunState.FAILED and "nothing can be launched" in failed.error


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.line, self.bend = nn.Linear(1, 1), nn.Tanh()

    def forward(self, x):
        return self.line(self.bend(self.bend(x)))


@pytest.mark.parametrize(
    ("net", "changes", "error", "words"),
    [
        (plain_net(), {"layers": ["7"]}, ConfigError, "'7'.*no submodule. There are: 0, 1, 2"),
        (Twice(), {}, ConfigError, "'bend', which is called 2 times"),
        (nn.Sequential(nn.Linear(1, 1)), {}, ConfigError, "no submodule that is an activation"),
        (plain_net(), {"y": torch.zeros(64, 2)}, ShapeError, "2 numbers a sample.*gives 1"),
        (plain_net(), {"y": torch.zeros(9)}, ShapeError, "64 samples and y has 9"),
        (plain_net(), {"y": torch.arange(64)}, ShapeError, "classes from 0 to 63.*1 outputs"),
        (plain_net(), {"instruments": {"nose": {}}}, ConfigError, "no instrument 'nose'"),
        (plain_net(), {"instruments": {"layers": {"n_grid": 1}}}, ConfigError, "n_grid is 1"),
        (
            plain_net(),
            {"instruments": {"layers": {"samples": "test"}}},
            ConfigError,
            "test samples",
        ),
        (plain_net(), {"loss": "hinge"}, ConfigError, "loss is 'hinge'"),
    ],
)
def test_what_cannot_be_is_said_before_there_is_a_run(store, curve, net, changes, error, words):
    x, y = curve
    with pytest.raises(error, match=words):
        Probe(net, x, **{"y": y, **changes})
    assert not store.list()


def test_the_clock_goes_on(home, curve):
    x, y = curve
    with Probe(plain_net(), x, y, instruments=LAYERS) as probe:
        probe.measure(0.5)
        with pytest.raises(ConfigError, match=r"epoch is 0.5 after 0.5"):
            probe.measure(0.5)


def test_the_example_of_the_readme_runs(store, monkeypatch):
    """Its own first lines make the network; what it says of a run is found there."""
    text = (ROOT / "README.md").read_text("utf-8")
    (example,) = [b for b in re.findall(r"```python\n(.*?)```", text, re.S) if "Probe(" in b]
    exec(compile(example, "README.md", "exec"), {})
    (run,) = store.list()
    assert (run.state, run.n_measurements) == (RunState.DONE, 20)
    assert run.facts["layer_names"] == ["input", "1", "3"]


def test_the_library_is_there_by_name():
    assert "Probe" in deepfreq_core.__all__ and deepfreq_core.Probe is Probe
