"""Runs of a claim: which are launched, and what is seen of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from deepfreq_core.chapters import catalogue
from deepfreq_core.runs import database
from deepfreq_core.runs.state import RunState
from deepfreq_core.runs.store import LONGEST_TITLE, RunStore
from deepfreq_core.studies import claim_runs

CLAIM = catalogue.claim("layers-digits")


@pytest.fixture
def store(home):
    opened = RunStore()
    yield opened
    opened.close()


def test_only_what_is_missing_is_launched(store):
    first = claim_runs.launch(store, CLAIM, owner="a")
    assert len(first) == len(CLAIM.plan()) == 12
    store.start(first[0].id, worker="w")
    store.finish(first[0].id, RunState.DONE, worker="w")
    store.start(first[1].id, worker="w")
    store.finish(first[1].id, RunState.FAILED, "broken", worker="w")
    (again,) = claim_runs.launch(store, CLAIM, owner="a")
    assert again.config == first[1].config


def test_titles_of_all_claims_fit_and_end_with_what_tells_runs_apart():
    for claim in catalogue.claims().values():
        for planned in claim.plan():
            title = claim_runs._title(claim, planned)
            assert len(title) <= LONGEST_TITLE, title
            assert title.startswith(claim.title[:40]), title
            assert title.endswith(f": {planned.label}, seed {planned.config.seed}")


def test_many_who_ask_at_once_start_every_run_once(store):
    with ThreadPoolExecutor(8) as pool:
        launched = list(
            pool.map(lambda name: claim_runs.launch(store, CLAIM, owner=name), "abcdefgh")
        )
    assert sorted(map(len, launched)) == [0] * 7 + [12]
    assert len(store.list(group=claim_runs.group_of(CLAIM))) == 12


def test_a_run_that_is_done_counts_before_a_later_one_that_failed(store):
    run, *_ = claim_runs.launch(store, CLAIM, owner="a")
    store.start(run.id, worker="w")
    store.finish(run.id, RunState.DONE, worker="w")
    later = store.create(run.config, group=claim_runs.group_of(CLAIM))
    store.start(later.id, worker="w")
    store.finish(later.id, RunState.FAILED, "broken", worker="w")
    launched = claim_runs.statuses(store, [CLAIM])[CLAIM.slug].launched
    assert [one.id for planned, one in launched if planned.config == run.config] == [run.id]


def test_one_look_at_the_store_tells_how_far_all_claims_are(store, monkeypatch):
    first, second, *_ = claim_runs.launch(store, CLAIM, owner="a")
    for run, ends in ((first, RunState.DONE), (second, RunState.FAILED)):
        store.start(run.id, worker="w")
        store.finish(run.id, ends, "broken", worker="w")
    looks = []
    real = store.reading
    monkeypatch.setattr(store, "reading", lambda: looks.append(True) or real())
    found = claim_runs.statuses(store, catalogue.claims().values())
    assert looks == [True]
    assert {slug for slug, one in found.items() if one.is_active} == {CLAIM.slug}
    here = found[CLAIM.slug]
    assert (here.n_planned, here.n_done, here.is_complete) == (12, 1, False)
    assert [(run.id, run.error) for _, run in here.broken] == [(second.id, "broken")]
    assert not found["calibration"].is_complete and not found["calibration"].n_planned


def test_a_run_of_settings_from_another_version_is_passed_over(store):
    (run, *_) = claim_runs.launch(store, CLAIM, owner="a")
    with store.writing() as connection:
        table = database.runs
        other = table.update().where(table.c.id == run.id).values(config='{"from": "elsewhere"}')
        connection.execute(other)
    assert len(claim_runs.statuses(store, [CLAIM])[CLAIM.slug].launched) == 11
