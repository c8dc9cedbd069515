"""Labels keep their order and their distance, and move no further than they must."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from deepfreq_core.studies.labels import named, spread

places = st.lists(st.floats(0, 100, width=32), min_size=1, max_size=9)


@given(places)
def test_apart_in_order_and_inside(wishes):
    placed = spread(wishes, 10, 0, 100)
    order = np.argsort(wishes, kind="stable")
    assert np.all(np.diff(np.array(placed)[order]) >= 10 - 1e-9)
    assert min(placed) >= -1e-9 and max(placed) <= 100 + 1e-9


@given(places)
def test_labels_with_room_stay_where_they_are(wishes):
    if len(wishes) < 2 or np.diff(sorted(wishes)).min() > 1e-3:
        assert np.allclose(spread(wishes, 1e-3, 0, 100), wishes)


def test_two_that_collide_share_the_way():
    assert np.allclose(spread([50, 52], 10, 0, 100), [46, 56])


def test_more_than_fit_are_spaced_evenly():
    assert np.allclose(spread([5, 5, 5], 90, 0, 100), [0, 50, 100])


def test_none():
    assert spread([], 10, 0, 100) == []


@given(st.integers(0, 65), st.floats(10, 20), st.floats(0, 400))
def test_those_that_are_written_fit_and_reach_from_first_to_last(n, gap, room):
    chosen = named(n, gap, room)
    assert chosen == sorted(set(chosen))
    assert chosen[:1] + chosen[-1:] == ([0, n - 1] if n else [])
    assert len(chosen) <= 2 or (len(chosen) - 1) * gap <= room
    assert len(chosen) == n or np.ptp(np.diff(chosen)) <= 1
