"""A run of one instrument as tables, a document, arrays; and as netCDF read back."""

import csv
import io
import json
import sys

import numpy as np
import pytest
import xarray as xr

import deepfreq_core
from deepfreq_core import exports
from deepfreq_core.errors import BackendUnavailable, RunNotFound
from deepfreq_core.records import Measurement
from tests.rehearsal import rehearsal
from tests.unit.exports.conftest import GRID, layers


def rows(parts):
    return list(csv.DictReader(io.StringIO("".join(parts))))


def test_there_is_one_table_for_each_set_of_dims_the_largest_first(plain, content):
    assert exports.table_names(content(plain)) == ["layer-inverse_delta", "weights"]


def test_the_main_table_has_a_row_for_each_combination(plain, content):
    found = rows(exports.as_csv(content(plain)))
    assert len(found) == 2 * 3 * 4
    assert list(found[0])[:5] == ["epoch", "layer", "layer_name", "inverse_delta", "lfr"]
    assert [row["inverse_delta"] for row in found[:4]] == [repr(float(v)) for v in GRID]
    assert [float(row["lfr"]) for row in found] == [
        value for epoch in range(2) for value in layers(epoch)["layers/lfr"].ravel()
    ]
    assert {row["test_loss"] for row in found[:12]} == {""}
    assert {row["test_loss"] for row in found[12:]} == {"1.0"}


def test_another_table_is_asked_for_by_its_name(plain, content):
    found = rows(exports.as_csv(content(plain), "weights"))
    assert len(found) == 2 * 3
    assert [row["gradient_norm"] for row in found] == ["", "", "", "0.5", "", "0.1"]
    with pytest.raises(RunNotFound, match="no table 'nothing' in this run. There are: layer-inv"):
        "".join(exports.as_csv(content(plain), "nothing"))


def test_the_document_keeps_every_digit(plain, content):
    told = json.loads("".join(exports.as_json(content(plain))))
    assert told["config"]["seed"] == 1 and told["clock"] == "epoch"
    assert told["facts"] == {"backend": "fake"} and told["versions"]["deepfreq"]
    assert told["coordinates"]["layer"] == ["input", "layer 1", "layer 2"]
    for epoch, measured in enumerate(told["measurements"]):
        assert (measured["seq"], measured["epoch"]) == (epoch + 1, epoch)
        assert measured["lfr"] == layers(epoch)["layers/lfr"].tolist()
        assert measured["scalars"]["train_loss"] == 1 / 7
    assert "gradient_norm" not in told["measurements"][0]
    assert told["measurements"][1]["gradient_norm"] == [0.5, None, 0.1]


def test_npz_stacks_what_all_measurements_have(plain, content):
    found = np.load(io.BytesIO(exports.as_npz(content(plain))))
    np.testing.assert_array_equal(found["lfr"][1], layers(1)["layers/lfr"])
    np.testing.assert_array_equal(found["inverse_delta"], GRID)
    assert found["gradient_norm/2"].tolist()[0] == 0.5 and "gradient_norm" not in found
    assert json.loads(str(found["config"]))["seed"] == 1


def check(dataset, run_id):
    assert dataset.lfr.dims == ("epoch", "layer", "inverse_delta")
    assert dataset.layer.values.tolist() == ["input", "layer 1", "layer 2"]
    np.testing.assert_array_equal(dataset.inverse_delta, GRID)
    np.testing.assert_array_equal(dataset.epoch, [0, 1])
    assert dataset.lfr.attrs["long_name"] == "Low-frequency ratio LFR(δ)"
    assert dataset.inverse_delta.attrs["units"] == "inverse squared units of x"
    one = dataset.lfr.sel(epoch=1, layer="layer 2", inverse_delta=GRID[2])
    assert float(one) == layers(1)["layers/lfr"][2, 2]
    assert np.isnan(dataset.gradient_norm.sel(epoch=0)).all()
    assert dataset.gradient_norm.sel(epoch=1).values.tolist()[0] == 0.5
    np.testing.assert_array_equal(dataset.test_loss, [np.nan, 1.0])
    assert dataset.attrs["run"] == run_id
    assert json.loads(dataset.attrs["config"])["seed"] == 1


def test_labelled_arrays_and_netcdf_read_back(plain, content, tmp_path):
    check(exports.as_dataset(content(plain)), plain)
    pytest.importorskip("h5py")
    path = tmp_path / "run.nc"
    path.write_bytes(b"".join(exports.as_file(content(plain), "nc")))
    with xr.open_dataset(path, engine="h5netcdf") as read:
        check(read, plain)


def test_a_notebook_opens_a_run_by_its_id(plain):
    check(deepfreq_core.open_run(plain), plain)
    with pytest.raises(RunNotFound):
        deepfreq_core.open_run("aaaaaaaaaa")


@pytest.mark.parametrize("missing", ["xarray", "h5netcdf", "h5py"])
def test_without_the_libraries_it_says_which_to_install(plain, content, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(BackendUnavailable, match=rf"{missing}.*deepfreq\[netcdf\]"):
        list(exports.as_file(content(plain), "nc"))


def test_the_table_holds_the_means_over_seeds(store, content):
    run = store.create(rehearsal())
    store.start(run.id, worker="w")
    seeds = {
        "layers/lfr_seeds": np.zeros((4, 3, 4)),
        "layers/gradient_norm_seeds": np.zeros((4, 3)),  # two axes, but not layer and grid
        "train_loss_seeds": np.zeros(4),
    }
    grid = {"layers/inverse_delta": GRID}
    measured = Measurement(0.0, {"train_loss": 0.1}, layers(0) | seeds, grid)
    store.append(run.id, measured, worker="w")
    found = content(run.id)
    assert exports.table_names(found) == ["layer-inverse_delta"]
    table = rows(exports.as_csv(found))
    assert len(table) == 3 * 4
    assert table[0].keys() == {
        *("epoch", "layer", "layer_name", "inverse_delta"),
        *("lfr", "rdf", "train_loss"),
    }
    assert np.load(io.BytesIO(exports.as_npz(found)))["lfr_seeds"].shape == (1, 4, 3, 4)
