"""Principal components by the Gram matrix, turned onto those of before; what labels explain."""

import numpy as np
import pytest

from deepfreq_core.instruments.embedding.plane import (
    gram,
    labels_share,
    scores,
    spread,
    turned,
)

RNG = np.random.default_rng(3)


def components(x):
    """Scores by the singular values of the centred samples: another way to the same plane."""
    u, s, _ = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    return u[:, :2] * s[:2]


@pytest.mark.parametrize("d", [2, 7, 5_000])  # beyond one block of columns too
def test_scores_are_principal_components_but_for_their_signs(d):
    x = RNG.normal(size=(30, d)) * np.linspace(3, 1, d) + 100
    found = scores(gram(x))
    wanted = components(x)
    # float64; the offset of 100 loses four digits, a wide layer some more.
    np.testing.assert_allclose(np.abs(found), np.abs(wanted), rtol=1e-7, atol=1e-7)
    assert spread(found) == pytest.approx(np.sqrt((wanted**2).sum() / 30))


def test_one_dimension_has_no_second_component():
    x = np.linspace(0, 1, 9)[:, None]
    found = scores(gram(x))
    assert np.abs(found[:, 0]).max() == pytest.approx(0.5)
    np.testing.assert_array_equal(found[:, 1], 0)
    np.testing.assert_allclose(turned(-found, found), found, atol=1e-12)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_layer_that_gives_the_same_for_all_has_no_place_and_no_share(value, dtype):
    k = gram(np.full((12, 40), value, dtype))
    np.testing.assert_array_equal(scores(k), 0)
    assert np.isnan(labels_share(k, np.eye(3)[np.arange(12) % 3]))
    np.testing.assert_array_equal(turned(np.zeros((12, 2)), RNG.normal(size=(12, 2))), 0)


def test_one_sample_and_two():
    assert scores(gram(np.array([[1.0, 2.0]]))).tolist() == [[0, 0]]
    found = scores(gram(np.array([[0.0, 0.0], [3.0, 4.0]])))
    np.testing.assert_allclose(np.abs(found), [[2.5, 0], [2.5, 0]], atol=1e-12)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("angle", [0.3, 2.0, np.pi])
def test_turning_undoes_any_rotation_and_reflection(angle, mirrored):
    before = RNG.normal(size=(20, 2)) * [2, 1]
    c, s = np.cos(angle), np.sin(angle)
    now = before @ np.array([[c, -s], [s, c]]) @ np.diag([1, -1 if mirrored else 1])
    np.testing.assert_allclose(turned(now, before), before, atol=1e-12)


def test_turning_is_the_best_of_many_turns():
    before = RNG.normal(size=(20, 2))
    now = before + RNG.normal(size=(20, 2))
    best = np.linalg.norm(turned(now, before) - before)
    for angle in np.linspace(0, 2 * np.pi, 100):
        c, s = np.cos(angle), np.sin(angle)
        for sign in (1, -1):
            other = now @ np.array([[c, -s], [s, c]]) @ np.diag([1, sign])
            assert best <= np.linalg.norm(other - before) + 1e-12


def test_without_a_last_time_the_signs_are_settled():
    now = RNG.normal(size=(20, 2))
    ways = [turned(now * signs, np.zeros((20, 2))) for signs in ([1, 1], [-1, 1], [-1, -1])]
    for found in ways:
        np.testing.assert_array_equal(found, ways[0])
        assert (found[np.abs(found).argmax(axis=0), [0, 1]] > 0).all()


def test_share_of_classes_is_variance_between_their_means():
    labels = RNG.integers(0, 4, 60)
    x = RNG.normal(size=(60, 5)) + labels[:, None] * [1, 0, 0, 0.5, 0]
    centred = x - x.mean(axis=0)
    between = sum(
        (labels == c).sum() * np.square(centred[labels == c].mean(axis=0)).sum() for c in range(4)
    )
    found = labels_share(gram(x), np.eye(6)[labels])  # two classes have no sample
    assert found == pytest.approx(between / np.square(centred).sum())


def test_share_of_a_value_is_all_of_it_where_the_layer_is_the_value():
    y = RNG.normal(size=(40, 1))
    assert labels_share(gram(y @ [[2.0, -3.0]]), y) == pytest.approx(1)
    even = np.linspace(-1, 1, 41)[:, None]
    assert labels_share(gram(even), even**2) == pytest.approx(0, abs=1e-12)
    assert labels_share(gram(even), np.ones((41, 1))) == 0  # the same label everywhere
