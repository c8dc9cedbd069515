"""Links: what is written is read back, and what is wrong is left out with a notice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepfreq_core.chapters import catalogue
from deepfreq_core.experiments import reading
from deepfreq_core.ui import fields, url_state

BASE = reading.from_dict({"experiment": "train"})
PRESETS = {
    "plain": BASE,
    "cosines": reading.override(BASE, ["data.name=cosines", "training.batch_size=null"]),
}


def decode(query):
    return url_state.decode(query, PRESETS, "plain", fields.paths())


def encode(config, preset="plain", run=None):
    return url_state.encode(config, preset, PRESETS[preset], run, fields.paths())


CHANGES = [
    [],
    ["net.depth=8", "seed=3"],
    ["net.init.name=normal", "net.init.std=0.02"],
    ["data.name=mnist", "data.n_train=500", "training.stop_loss=0.01"],
    ["data.name=cosines", "data.frequencies=[1,2.5]", "training.batch_size=null"],
    ["training.optimizer.name=sgd", "training.optimizer.momentum=0.9"],
    ["training.schedule.name=step", "training.schedule.epochs=[3,9]"],
    [
        *("instruments.layers.upper=2.5", "measure.every=2"),
        *("instruments.layers.budget_s=0.5", "net.antisymmetric=true"),
    ],
]


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: ",".join(changes) or "none")
@pytest.mark.parametrize("preset", PRESETS)
def test_round_trip(changes, preset):
    config = reading.override(PRESETS["plain"], changes)
    state = decode(encode(config, preset, "abcdefghij"))
    assert state == url_state.UrlState(preset, config, "abcdefghij", ())


@given(
    depth=st.integers(1, 64),
    width=st.integers(1, 8192),
    rate=st.floats(1e-6, 1),
    seed=st.integers(0, 2**31 - 1),
)
def test_round_trip_of_numbers(depth, width, rate, seed):
    changes = [f"net.depth={depth}", f"net.width={width}", f"seed={seed}"]
    config = reading.override(BASE, [*changes, f"training.optimizer.learning_rate={rate!r}"])
    assert decode(encode(config)).config == config


def test_a_link_holds_only_what_differs():
    assert encode(BASE) == {"v": "2", "preset": "plain"}
    changed = reading.override(BASE, ["net.depth=7"])
    assert encode(changed) == {"v": "2", "preset": "plain", "net.depth": "7"}


def test_a_bad_value_is_ignored_alone():
    state = decode({"net.depth": "999", "net.width": "50", "data.name": "nothing", "seed": "4"})
    assert (state.config.net.depth, state.config.net.width, state.config.seed) == (5, 50, 4)
    assert state.config.data.name == "digits"
    assert len(state.notices) == 2
    assert any("net.depth" in notice and "999" in notice for notice in state.notices)


@pytest.mark.parametrize(
    "query",
    [
        {"preset": "../../etc/passwd"},
        {"run": "<script>alert(1)</script>"},
        {"run": "ABCDEFGHIJ"},
        {"v": "99"},
        {"data.frequencies": "[" + "1," * 500 + "1]"},
        {"net.activation": "__import__('os')"},
    ],
)
def test_strange_values_change_nothing_but_a_notice(query):
    state = decode(query)
    assert (state.config, state.preset, state.run) == (BASE, "plain", None)
    assert len(state.notices) == 1
    assert len(state.notices[0]) < 120


def test_names_outside_the_whitelist_are_not_looked_at():
    state = decode({"experiment": "other", "version": "7", "net": "{}", "utm_source": "x"})
    assert state == url_state.UrlState("plain", BASE, None, ())


def test_values_that_do_not_fit_together_keep_what_does():
    state = decode({"data.name": "cosines", "training.loss": "cross_entropy", "net.depth": "3"})
    assert state.config.net.depth == 3
    assert state.notices


@pytest.mark.parametrize("query", [{"v": "1"}, {}, {"v": "2"}])
def test_links_of_before_still_open(query):
    query |= {"measure.n_grid": "33", "measure.normalize": "none", "measure.every": "2"}
    state = decode({**query, "run": "abcdefghij"})
    wanted = [
        *("instruments.layers.n_grid=33", "instruments.layers.normalize=none", "measure.every=2"),
    ]
    assert state == url_state.UrlState("plain", reading.override(BASE, wanted), "abcdefghij", ())


DECAY = catalogue.preset("upper-limit-1d").config
DECAY_CHANGES = [
    [],
    ["exponents=[0.5,1,2]", "last_cutoff=6400", "weight=cycles"],
    ["data.name=random_points", "data.number=7", "seed=4"],
    ["data.points=[-0.123456789012,0.5]", "data.values=[1,-1]", "period=3"],
]


@pytest.mark.parametrize("changes", DECAY_CHANGES, ids=lambda changes: ",".join(changes) or "none")
def test_round_trip_of_another_experiment(changes):
    presets = {"plain": BASE, "decay": DECAY}
    config = reading.override(DECAY, changes)
    query = url_state.encode(config, "decay", DECAY, None, fields.paths())
    assert set(query) == {"v", "preset", *(change.partition("=")[0] for change in changes)}
    state = url_state.decode(query, presets, "plain", fields.paths())
    assert state == url_state.UrlState("decay", config, None, ())


def test_the_longest_list_of_points_fits_into_a_link():
    points = [round(-0.9 + 1.8 * i / 49 + 1e-12, 14) for i in range(50)]
    config = reading.override(DECAY, [f"data.points={points}", f"data.values={[0.5] * 50}"])
    query = url_state.encode(config, "decay", DECAY, None, fields.paths())
    assert url_state.decode(query, {"decay": DECAY}, "decay", fields.paths()).config == config


def test_settings_of_another_experiment_are_left_out_with_a_notice():
    state = url_state.decode({"net.depth": "3"}, {"decay": DECAY}, "decay", fields.paths())
    assert state.config == DECAY and len(state.notices) == 1
