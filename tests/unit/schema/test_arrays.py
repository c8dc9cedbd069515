"""A schema says what it lacks; what was measured is compared with it."""

import numpy as np
import pytest

from deepfreq_core.errors import ShapeError
from deepfreq_core.schema import Array, Clock, Dim, Outcome, Schema, composed

LAYER = Dim("layer", "layer", is_named=True, scale="depth", reference=0)
GRID = Dim("grid", "grid", title="at")
SCHEMA = Schema.of(
    LAYER,
    GRID,
    Array("height", ("layer", "grid")),
    Array("extra", ("layer",), is_optional=True),
    Array("loss"),
)
COORDINATES = {"layer": ("input", "layer 1"), "grid": np.array([0.0, 1.0, 2.0])}
GOOD = {"height": np.zeros((2, 3)), "loss": np.float64(1.0)}


def test_what_fits_passes():
    SCHEMA.check(GOOD, COORDINATES)
    SCHEMA.check(GOOD | {"extra": np.zeros(2)}, COORDINATES)


@pytest.mark.parametrize(
    ("arrays", "coordinates", "said"),
    [
        (GOOD | {"other": np.zeros(2)}, COORDINATES, "'other' is not in the schema"),
        ({"loss": np.float64(1)}, COORDINATES, "'height' is declared and was not given"),
        (GOOD | {"height": np.zeros((3, 2))}, COORDINATES, r"shape \(3, 2\)"),
        (GOOD, {"layer": ("input", "layer 1")}, "'grid' has no coordinates"),
    ],
)
def test_what_does_not_is_named(arrays, coordinates, said):
    with pytest.raises(ShapeError, match=said):
        SCHEMA.check(arrays, coordinates)


def test_a_measurement_has_a_size_limit():
    coordinates = {"layer": tuple(map(str, range(200))), "grid": np.arange(101.0)}
    arrays = {"height": np.zeros((200, 101)), "loss": np.float64(1)}
    with pytest.raises(ShapeError, match="20201 numbers; allowed are 20000"):
        SCHEMA.check(arrays, coordinates)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([LAYER, LAYER], "declared twice"),
        ([Array("a", ("nowhere",))], "'nowhere', which the schema lacks"),
        ([Array("a", error="a_se")], "'a_se', which the schema lacks"),
        ([Outcome("speed", "speed", dim="nowhere")], "outcome 'speed' has the dim 'nowhere'"),
    ],
)
def test_a_schema_that_hangs_together_or_not(parts, said):
    with pytest.raises(ShapeError, match=said):
        Schema.of(*parts)


def test_an_instruments_names_get_its_own_before_them():
    own = Schema.of(Array("loss"), clock=Clock("step", "step"))
    whole = composed({"": own, "one": SCHEMA, "two": SCHEMA})
    assert whole.clock.name == "step"
    assert set(whole.arrays) == {
        "loss",
        *(f"{owner}/{name}" for owner in ("one", "two") for name in ("height", "extra", "loss")),
    }
    assert whole.arrays["two/height"].dims == ("two/layer", "two/grid")
    assert whole.dims["one/layer"].name == "one/layer"


def test_values_in_words():
    assert LAYER.labels(("input", "layer 1")) == ("input", "layer 1")
    assert GRID.labels(np.array([0.25, 1e-9])) == ("0.25", "1e-09")
    short = Dim("layer", "layer", is_named=True, short=lambda i, _: str(i) if i else "in")
    assert short.short_labels(("input", "layer 1")) == ("in", "1")
