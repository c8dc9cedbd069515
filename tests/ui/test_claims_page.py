"""Paper figures: no runs, runs under way, all done, some failed; and what the buttons do."""

import dataclasses
import json

import numpy as np
import pytest

from deepfreq_core.chapters import catalogue
from deepfreq_core.chapters.deep_frequency import layers
from deepfreq_core.experiments import reading
from deepfreq_core.instruments.layers.trace import Traces
from deepfreq_core.records import Measurement
from deepfreq_core.runs.state import Request, RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.studies import claim_runs, records
from deepfreq_core.studies import figure as finding
from deepfreq_core.studies.claim import Claim
from deepfreq_core.studies.plan import axis, sweep
from deepfreq_core.ui import claim_list
from tests.ui.conftest import ME, button

GRID = np.linspace(0.0, 40.0, 101)
COORDINATES = {"layers/inverse_delta": GRID, "layers/layer": ("input", "layer 1", "layer 2")}
DIGITS = "layers-digits"


def plan():
    base = reading.override(layers.digits_config(epochs=2), ["net.depth=2"])
    return sweep(base, [axis("init", "net.init.name", ["glorot_uniform"])], range(6))


def measurement(epoch: int, frequencies) -> Measurement:
    with np.errstate(divide="ignore"):
        lfr = np.stack([np.exp(-(k**2) / GRID) for k in frequencies])
    arrays = {"layers/lfr": lfr, "layers/rdf": np.gradient(lfr, GRID, axis=1)}
    arrays["layers/gradient_norm"] = np.ones(len(frequencies))
    facts = {"backend": "cpu", "device_name": "a laptop", "threads": 2, "versions": {"torch": "2"}}
    loss = {"train_loss": 0.1 if epoch else 1.0}
    loss["step"] = epoch
    if epoch:
        return Measurement(epoch, loss, arrays)
    return Measurement(epoch, loss, arrays, {"layers/inverse_delta": GRID}, facts)


@pytest.fixture(autouse=True)
def claims(monkeypatch, tmp_path) -> dict[str, Claim]:
    """Two claims, one with six small runs and one that is computed; nothing is recorded."""
    real = catalogue.claims()
    small = dataclasses.replace(real[DIGITS], plan=plan)
    computed = dataclasses.replace(
        real["calibration"],
        find=lambda _: layers.find_orders("init", [make_trace(seed) for seed in range(6)]),
    )
    known = {one.slug: one for one in (small, computed)}
    monkeypatch.setattr(catalogue, "claims_by_chapter", lambda: {"A chapter": (small, computed)})
    monkeypatch.setattr(records, "recorded_path", lambda one: tmp_path / f"{one.slug}.json")
    return known


def make_trace(seed: int):
    (planned,) = [one for one in plan() if one.config.seed == seed]
    ends = [measurement(0, [3, 1, 1.5]), measurement(2, [3, 2, 1])]
    return Traces().read(planned.case, seed, ends, COORDINATES, ends[0].facts)


def launch(store, claim, *, done: int = 0, failed: int = 0) -> None:
    for i, run in enumerate(claim_runs.launch(store, claim, owner=ME)[: done + failed]):
        store.start(run.id, worker="w")
        store.append(run.id, measurement(0, [3, 1, 1.5]), worker="w")
        if i < done:
            store.append(run.id, measurement(2, [3, 2, 1]), worker="w")
            store.finish(run.id, RunState.DONE, worker="w")
        else:
            store.finish(run.id, RunState.FAILED, "the loss became *nan*", worker="w")


def words(at) -> str:
    assert not at.exception, at.exception[0].stack_trace
    elements = [*at.markdown, *at.caption, *at.info, *at.warning]
    return "\n".join(element.value for element in elements)


def charts(at) -> list[dict]:
    return [json.loads(element.proto.spec) for element in at.get("plotly_chart")]


def test_all_claims_in_one_list_with_their_verdicts(page):
    at = page("claims")
    text = words(at)
    assert "Of 2 claims 1 holds, 1 has no runs yet." in text
    assert [one.label for one in at.button] == [one.title for one in catalogue.claims().values()]
    assert "computed here" in text and "no runs yet" in text
    assert not charts(at)


def test_a_claim_without_runs_says_what_reproducing_takes(page, store, launched):
    at = page("claims", claim=DIGITS)
    text = words(at)
    for part in ("The paper says", "refuted", "No runs are recorded", "6 runs, about", "minute"):
        assert part in text
    button(at, f"claims.launch.{DIGITS}").click().run()
    assert len(store.list(group=f"claim:{DIGITS}")) == 6 and launched == [True]
    assert "0 of 6 runs finished: 6 waiting" in words(at)
    at.run()
    assert len(store.list()) == 6


def test_the_list_is_there_before_runs_are_read_and_the_open_claim_is_read_first(
    page, store, claims, monkeypatch
):
    launch(store, claims[DIGITS], done=6)
    seen = []

    def watched(one: Claim) -> Claim:
        return dataclasses.replace(
            one, find=lambda traces: seen.append(one.slug) or one.find(traces)
        )

    chapters = {"A chapter": tuple(map(watched, claims.values()))}
    monkeypatch.setattr(catalogue, "claims_by_chapter", lambda: chapters)
    real = claim_list._row
    monkeypatch.setattr(claim_list, "_row", lambda one, **m: seen.append("row") or real(one, **m))
    at = page("claims", claim="calibration")
    assert seen == ["row", "row", "calibration", DIGITS]
    assert "Of 2 claims 2 hold." in words(at) and "being read" not in words(at)


def test_a_second_look_reads_states_only(page, store, claims, monkeypatch):
    launch(store, claims[DIGITS], done=6)
    at = page("claims", claim=DIGITS)
    assert len(charts(at)) == 1

    def never(*_, **__):
        raise AssertionError("this was known")

    monkeypatch.setattr(claim_runs, "read", never)
    monkeypatch.setattr(RunStore, "list", never)
    monkeypatch.setattr(reading, "override", never)  # a plan is many of them
    monkeypatch.setattr(finding, "chart", never)
    at.run()
    assert "It holds" in words(at) and len(charts(at)) == 1


def test_one_more_finished_run_is_seen_and_only_it_is_read(page, store, claims, monkeypatch):
    launch(store, claims[DIGITS], done=2)
    at = page("claims", claim=DIGITS)
    assert "2 of 6 runs finished" in words(at) and "2 of 2 seeds" in words(at).replace("\\", "")
    run = store.list(states=[RunState.WAITING])[0]
    store.start(run.id, worker="w")
    for epoch, frequencies in ((0, [3, 1, 1.5]), (2, [3, 2, 1])):
        store.append(run.id, measurement(epoch, frequencies), worker="w")
    store.finish(run.id, RunState.DONE, worker="w")
    read, real = [], claim_runs.read
    monkeypatch.setattr(claim_runs, "read", lambda *a: read.append(a[3].id) or real(*a))
    at.run()
    assert "3 of 6 runs finished" in words(at) and "3 of 3 seeds" in words(at).replace("\\", "")
    assert read == [run.id]


def test_the_address_names_the_open_claim(page):
    at = page("claims")
    button(at, "claims.row.calibration").click().run()
    assert at.query_params["claim"] == "calibration"
    assert "Computed here and now" in words(at) and len(charts(at)) == 1
    button(at, "claims.row.calibration").click().run()
    assert "claim" not in at.query_params and not charts(at)


def test_a_claim_named_in_a_link_comes_first_and_stays_there(page):
    def rows(at):
        return [one.key.split(".")[2] for one in at.button if one.key.startswith("claims.row.")]

    at = page("claims", claim="calibration")
    assert rows(at)[0] == "calibration" and len(charts(at)) == 1
    button(at, "claims.row.calibration").click().run()
    assert rows(at)[0] == "calibration" and not charts(at)
    assert rows(page("claims")) == list(catalogue.claims())


def test_an_unknown_claim_in_a_link_opens_none(page):
    at = page("claims", claim="none-such")
    assert at.toast and not at.exception


def test_while_runs_are_under_way_the_verdict_is_partial(page, store, claims):
    launch(store, claims[DIGITS], done=2)
    at = page("claims", claim=DIGITS)
    text = words(at)
    assert "2 of 6 runs finished: 4 waiting" in text
    assert "So far it is unclear" in text and "2 of 2 seeds" in text.replace("\\", "")
    assert len(charts(at)) == 1
    launch_more = [one for one in at.button if one.key.startswith("claims.launch")]
    assert not launch_more
    button(at, f"claims.stop.{DIGITS}").click().run()
    assert {run.request for run in store.list()} <= {None, Request.STOP}
    assert "4 stopped" in words(at)
    assert button(at, f"claims.launch.{DIGITS}").label == "Start the 4 missing runs"


def test_all_done_gives_verdict_curves_table_and_number(page, store, claims):
    launch(store, claims[DIGITS], done=6)
    at = page("claims", claim=DIGITS)
    text = words(at)
    assert "It holds" in text and "6 of 6 runs, done here" in text
    assert "glorot" in charts(at)[0]["layout"]["title"]["text"]
    assert at.table[0].value.shape[0] == 1
    assert not [one for one in at.button if one.key.startswith("claims.launch")]


def test_failures_are_named_without_their_markdown(page, store, claims):
    launch(store, claims[DIGITS], done=1, failed=5)
    at = page("claims", claim=DIGITS)
    warning = at.warning[0].value
    assert "5 runs failed" in warning and "became \\*nan\\*" in warning and "2 more" in warning
    assert button(at, f"claims.launch.{DIGITS}").label == "Start the 5 missing runs"


def test_recorded_and_own_results_can_be_switched(page, store, claims):
    made = {"date": "2026-01-02", "machine": "a laptop", "versions": {"torch": "2"},
            "backend": "cpu"}  # fmt: skip
    records.write_record(claims[DIGITS], [make_trace(seed) for seed in range(6)], made)
    at = page("claims", claim=DIGITS)
    assert "Recorded 2026-01-02 on a laptop" in words(at) and "It holds" in words(at)
    launch(store, claims[DIGITS], done=1)
    at.run()
    assert "So far it is unclear" in words(at)
    at.segmented_control(key=f"claims.source.{DIGITS}").set_value("recorded").run()
    assert "It holds" in words(at) and "Recorded 2026" in words(at)
