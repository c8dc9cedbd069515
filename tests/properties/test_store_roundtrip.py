"""What is stored comes back as it was, to the bit."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deepfreq_core.errors import ShapeError
from deepfreq_core.records import Measurement
from deepfreq_core.runs.rows import pack_arrays, unpack_arrays
from deepfreq_core.runs.state import RunState
from deepfreq_core.runs.store import RunStore
from tests.rehearsal import rehearsal

pytestmark = pytest.mark.usefixtures("rehearsals")

names = st.text(min_size=1, max_size=12)
dtypes = st.one_of(
    hnp.floating_dtypes(endianness="?"),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.boolean_dtypes(),
)
arrays = hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
measurements = st.builds(
    Measurement,
    at=st.floats(0, 1e15),
    scalars=st.dictionaries(names, st.floats(), max_size=4),
    arrays=st.dictionaries(
        names,
        hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)),
        max_size=4,
    ),
)


def same_bits(left, right):
    assert left.shape == right.shape
    assert left.dtype == right.dtype.newbyteorder("<")
    assert left.tobytes() == right.astype(left.dtype).tobytes()


@given(st.dictionaries(names, arrays, max_size=4))
def test_arrays_come_back_to_the_bit(given_arrays):
    found = unpack_arrays(pack_arrays(given_arrays))
    assert list(found) == list(given_arrays)
    for name, array in given_arrays.items():
        same_bits(found[name], array)
        assert not found[name].flags.writeable


@given(st.lists(measurements, min_size=1, max_size=3), st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_measurements_come_back_as_they_were(home, stored, data):
    store = RunStore()
    try:
        run = store.create(rehearsal())
        store.start(run.id, worker="w")
        for measurement in stored:
            store.append(run.id, measurement, worker="w")
        since = data.draw(st.integers(0, len(stored)))
        found = store.measurements(run.id, since=since)
        assert [seq for seq, _ in found] == list(range(since + 1, len(stored) + 1))
        for (_, back), sent in zip(found, stored[since:], strict=True):
            assert back.at == sent.at
            assert back.scalars.keys() == sent.scalars.keys()
            for name, value in sent.scalars.items():
                again = back.scalars[name]
                assert again == value or (math.isnan(again) and math.isnan(value))
            assert back.arrays.keys() == sent.arrays.keys()
            for name, array in sent.arrays.items():
                same_bits(back.arrays[name], array)
    finally:
        store.close()


@given(st.text(max_size=200), st.text(max_size=50))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_titles_and_errors_may_hold_anything(home, title, error):
    store = RunStore()
    try:
        run = store.create(rehearsal(), title=title)
        store.start(run.id, worker="w")
        store.finish(run.id, RunState.FAILED, error, worker="w")
        back = store.get(run.id)
        printable = "".join(char if char.isprintable() else " " for char in title)
        assert back.title == (" ".join(printable.split()) or "rehearsal")
        assert back.error == error
    finally:
        store.close()


def test_objects_are_refused():
    with pytest.raises(ShapeError, match="'a' has dtype object"):
        pack_arrays({"a": np.array([object()])})
