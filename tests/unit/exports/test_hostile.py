"""Instruments that nobody would write come out of every export, and of the series, whole."""

import csv
import io
import json
import math

import numpy as np
import pytest
import xarray as xr

from deepfreq_core import exports
from deepfreq_core.web.series import SeriesCache
from tests.hostile import NAMES, PLACES, arrays
from tests.unit.exports.conftest import layers


def rows(parts):
    return list(csv.DictReader(io.StringIO("".join(parts), newline="")))


def test_every_table_is_there_and_none_is_mixed_with_another(hostile, content):
    found = content(hostile)
    assert set(exports.table_names(found)) == {
        *("layers.layer-layers.inverse_delta", "layers.weights", "hostile.name-hostile.place"),
        *("hostile.one-hostile.place", "hostile.place", "hostile.one"),
    }
    assert len(rows(exports.as_csv(found, "hostile.name-hostile.place"))) == 4 * 3 * 300
    main = exports.table_names(found)[0]
    assert rows(exports.as_csv(found)) == rows(exports.as_csv(found, main))
    layers = rows(exports.as_csv(found, "layers.layer-layers.inverse_delta"))
    assert len(layers) == 4 * 3 * 4
    assert "layers/lfr" in layers[0] and "hostile/lfr" not in layers[0]


def test_a_table_keeps_names_with_quotes_and_lines(hostile, content):
    found = rows(exports.as_csv(content(hostile), "hostile.name-hostile.place"))
    assert list(dict.fromkeys(row["hostile/name_name"] for row in found)) == list(NAMES)
    assert found[7]["hostile/lfr"] == ""  # NaN
    assert float(found[308]["hostile/lfr"]) == arrays(0)["hostile/lfr"][1, 8]
    assert [row["hostile/alarm"] for row in (found[0], found[900])] == [repr(1 / 3), ""]


def test_the_document_tells_both_arrays_of_one_name(hostile, content):
    told = json.loads("".join(exports.as_json(content(hostile))))
    first = told["measurements"][0]
    assert first["layers/lfr"] == layers(0)["layers/lfr"].tolist()
    assert first["hostile/lfr"][0][7] is None
    assert first["hostile/lfr"][1][8] == arrays(0)["hostile/lfr"][1, 8]
    assert first["scalars"]["only_scalars/alarm"] is None  # infinite
    assert told["coordinates"]["hostile/name"] == list(NAMES)


def test_npz_keeps_both_and_what_was_there_seldom(hostile, content):
    found = np.load(io.BytesIO(exports.as_npz(content(hostile))))
    assert found["hostile/lfr"].shape == (4, 3, 300) and found["layers/lfr"].shape == (4, 3, 4)
    np.testing.assert_array_equal(found["hostile/seldom/2"], arrays(1)["hostile/seldom"])
    assert found["only_scalars/alarm"].tolist() == [math.inf] * 4


def check(tree):
    assert set(tree.children) == {"layers", "hostile", "only_scalars"}
    node = tree["hostile"]
    np.testing.assert_array_equal(node["lfr"][2], arrays(2)["hostile/lfr"])
    np.testing.assert_array_equal(tree["layers"]["lfr"][2], layers(2)["layers/lfr"])
    np.testing.assert_array_equal(node["place"], PLACES)
    assert node["name"].values.tolist() == list(NAMES)
    assert node["single"].dims == ("epoch", "one") and node["single"].shape == (4, 1)
    assert np.isnan(node["seldom"][0]).all() and np.isnan(node["nothing"]).all()
    assert node["alarm"].attrs == {"long_name": "alarm", "units": "s"}
    assert tree["only_scalars"]["count"].values.tolist() == [1, 10, 100, 1000]
    assert tree["train_loss"].dims == ("epoch",)


def test_several_instruments_are_a_tree(hostile, content, tmp_path):
    check(exports.as_dataset(content(hostile)))
    pytest.importorskip("h5py")
    path = tmp_path / "run.nc"
    path.write_bytes(b"".join(exports.as_file(content(hostile), "nc")))
    with xr.open_datatree(path, engine="h5netcdf") as read:
        check(read)


@pytest.mark.parametrize("since", [0, 2])
def test_the_series_holds_them_too(hostile, store, since):
    told = json.loads(SeriesCache(store).answer(hostile, since=since, attempt=1))
    assert [m["seq"] for m in told["measurements"]] == list(range(since + 1, 5))
    last = told["measurements"][-1]
    assert np.shape(last["layers/lfr"]) == (3, 4) and np.shape(last["hostile/lfr"]) == (3, 300)
    assert last["hostile/lfr"][0][7] is None and last["scalars"]["hostile/alarm"] is None
    if not since:
        assert told["dims"]["hostile/name"]["labels"] == list(NAMES)
        assert told["dims"]["hostile/one"]["values"] == [0.5]
        assert len(told["dims"]["hostile/place"]["values"]) == 300
