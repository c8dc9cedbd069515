"""Damage in the store: named, never taken for a number."""

import json

import numpy as np
import pytest
import sqlalchemy as sa

from deepfreq_core.records import Measurement
from deepfreq_core.runs import inspection
from deepfreq_core.runs.database import coordinates, measurements, runs
from deepfreq_core.runs.errors import RunDamaged
from deepfreq_core.runs.rows import pack_arrays
from deepfreq_core.runs.state import RunState
from tests.rehearsal import rehearsal

LFR, RDF = np.arange(6.0).reshape(2, 3), np.ones((2, 3))
ARRAYS = {"layers/lfr": LFR, "layers/rdf": RDF}
COORDINATES = {"layers/inverse_delta": np.array([0.0, 0.1, 1 / 3]), "layers/layer": ("x", "1")}


@pytest.fixture
def run(any_store):
    """A finished run with four measurements."""
    found = any_store.create(rehearsal())
    any_store.start(found.id, worker="w")
    for epoch in range(4):
        facts = {"backend": "fake"} if epoch == 0 else {}
        one = Measurement(
            epoch, {"train_loss": 0.5}, ARRAYS, COORDINATES if epoch == 0 else {}, facts
        )
        any_store.append(found.id, one, worker="w")
    any_store.finish(found.id, RunState.DONE, worker="w")
    assert len(any_store.measurements(found.id)) == 4
    return found


def change(store, statement):
    with store.writing() as connection:
        connection.execute(statement)


def third(run):
    return (measurements.c.run_id == run.id) & (measurements.c.seq == 3)


@pytest.mark.parametrize(
    "values",
    [
        {"epoch": 3},
        {"at": 2.5},
        {"at": None},
        {"step": 21},
        {"scalars": json.dumps({"train_loss": 0.25})},
        {"scalars": "{"},
        {"arrays": pack_arrays(ARRAYS | {"layers/rdf": -np.ones((2, 3))})},
        {"arrays": pack_arrays(ARRAYS | {"layers/lfr": LFR.reshape(3, 2)})},
        {"arrays": pack_arrays({"layers/rdf": LFR, "layers/lfr": RDF})},
        {"arrays": pack_arrays({name: a.astype("<i8") for name, a in ARRAYS.items()})},
        {"arrays": b""},
        {"checksum": None},
        {"checksum": b"12345678"},
    ],
)
def test_a_changed_measurement_is_named(any_store, run, values):
    change(any_store, measurements.update().where(third(run)).values(values))
    with pytest.raises(RunDamaged, match=f"^measurement 3 of run {run.id} is damaged. Restore"):
        any_store.read(run.id)
    with pytest.raises(RunDamaged):
        any_store.read(run.id, since=2)
    assert len(any_store.measurements(run.id, since=3)) == 1  # what is asked for is whole


@pytest.mark.parametrize(
    "values",
    [
        {"values": '{"layers/inverse_delta": [0.0, 0.1, 0.25]}'},
        {"values": "{"},
        {"values": ""},
        {"checksum": b"12345678"},
    ],
)
def test_changed_coordinates_are_named_and_found_by_the_doctor(any_store, run, values):
    of_run = coordinates.c.run_id == run.id
    change(any_store, coordinates.update().where(of_run).values(values))
    with pytest.raises(RunDamaged, match=f"^the coordinates of run {run.id} are damaged. Restore"):
        any_store.coordinates(run.id)
    found = inspection.inspect(any_store, run.id)
    assert found.damage == (f"the coordinates of run {run.id} are damaged",)
    assert found.n_whole == 4


def test_lost_coordinates_are_named_and_found_by_the_doctor(any_store, run):
    change(any_store, coordinates.delete())
    with pytest.raises(RunDamaged, match=f"^the coordinates of run {run.id} are missing"):
        any_store.coordinates(run.id)
    assert inspection.inspect(any_store, run.id).damage == (
        f"the coordinates of run {run.id} are missing",
    )


def test_the_doctor_finds_nothing_where_nothing_is(any_store, run):
    bare = any_store.create(rehearsal())
    any_store.start(bare.id, worker="w")
    any_store.append(bare.id, Measurement(0.0, {}, {}), worker="w")
    assert any_store.coordinates(bare.id) == {}
    assert inspection.complaints(any_store) == []
    assert inspection.inspect(any_store, run.id) == inspection.Inspected((), 4, 0)
    assert inspection.inspect(any_store, bare.id) == inspection.Inspected((), 1, 0)


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ([1], "measurement 1 of run {} is missing"),
        ([3], "measurement 3 of run {} is missing"),
        ([2, 3], "measurements 2 to 3 of run {} are missing"),
        ([4], "measurement 4 of run {} is missing"),
        ([1, 2, 3, 4], "measurements 1 to 4 of run {} are missing"),
    ],
)
def test_missing_measurements_are_named(any_store, run, lost, said):
    gone = (measurements.c.run_id == run.id) & measurements.c.seq.in_(lost)
    change(any_store, measurements.delete().where(gone))
    with pytest.raises(RunDamaged, match=said.format(run.id)):
        any_store.read(run.id)


def test_more_measurements_than_the_run_counts_are_damage(any_store, run):
    change(any_store, runs.update().where(runs.c.id == run.id).values(n_measurements=2))
    with pytest.raises(RunDamaged, match="counts 2 measurements, but 4 are there"):
        any_store.read(run.id)


def test_measurements_that_changed_places_are_damaged(any_store, run):
    for before, after in ((1, 9), (2, 1), (9, 2)):
        at = (measurements.c.run_id == run.id) & (measurements.c.seq == before)
        change(any_store, measurements.update().where(at).values(seq=after))
    with pytest.raises(RunDamaged, match="measurement 1 of run"):
        any_store.read(run.id)


@pytest.mark.parametrize(
    "values",
    [
        {"config": '{"experiment": "layers"}'},
        {"config": "{"},
        {"facts": '{"backend": "else"}'},
        {"facts": ""},
        {"checksum": None},
        {"unchecked": None},
        {"state": "runnin9"},
    ],
)
def test_a_changed_run_is_named_and_left_out_of_the_list(any_store, run, caplog, values):
    if values == {"unchecked": None}:  # then an older DeepFreq could have written all of it
        values |= {"config": "{"}
    whole = any_store.create(rehearsal())
    change(any_store, runs.update().where(runs.c.id == run.id).values(values))
    for look in (any_store.get, any_store.read):
        with pytest.raises(RunDamaged, match=f"of run {run.id} (is|are) damaged"):
            look(run.id)
    assert [found.id for found in any_store.list()] == [whole.id]
    assert run.id in caplog.text


def test_a_damaged_twin_is_not_offered(any_store, run):
    assert any_store.twin(run.config).id == run.id
    change(any_store, runs.update().where(runs.c.id == run.id).values(facts="{"))
    assert any_store.twin(run.config) is None


def test_damage_is_not_made_whole_by_a_worker(any_store):
    run = any_store.create(rehearsal())
    change(any_store, runs.update().where(runs.c.id == run.id).values(config="{}"))
    with pytest.raises(RunDamaged):
        any_store.start(run.id, worker="w")
    with pytest.raises(RunDamaged):
        any_store.get(run.id)


def test_a_reader_ahead_of_a_run_that_began_anew_sees_no_damage(any_store):
    run = any_store.create(rehearsal())
    any_store.start(run.id, worker="w")
    any_store.append(run.id, Measurement(0.0, {}, ARRAYS), worker="w")
    any_store.rewind(run.id, 0, worker="w")
    assert any_store.measurements(run.id, since=1) == []


def test_text_that_is_no_text_any_more_is_damage(store):
    run = store.create(rehearsal())
    store.start(run.id, worker="w")
    store.append(run.id, Measurement(0.0, {"train_loss": 0.5}, ARRAYS), worker="w")
    change(store, sa.text("UPDATE measurements SET scalars = CAST(x'7bff7d' AS TEXT)"))
    with pytest.raises(RunDamaged, match="measurement 1 of run"):
        store.read(run.id)
