"""The routes as a browser or curl sees them."""

import csv
import gzip
import io
import json

import numpy as np
import pytest
import xarray as xr

from deepfreq_core import settings, web
from deepfreq_core.runs.state import Request
from deepfreq_core.web import answers
from tests.rehearsal import rehearsal


def test_the_list_of_runs(store, get, carried_out):
    store.create(rehearsal(), owner="B" * 32)
    told = get("/api/runs").json()
    assert [run["state"] for run in told["runs"]] == ["waiting", "done"]
    assert told["waiting"] == 1
    assert not any(run["mine"] for run in told["runs"])
    told = get("/api/runs?mine=1", cookie=f"deepfreq_owner={'A' * 32}").json()
    assert [run["run"] for run in told["runs"]] == [carried_out.id]
    assert told["runs"][0]["mine"]
    assert get("/api/runs?mine=1").json()["runs"] == []
    assert len(get("/api/runs?limit=1").json()["runs"]) == 1


def test_owners_are_never_told(get, carried_out):
    for path in ("", f"/{carried_out.id}", f"/{carried_out.id}/series"):
        assert carried_out.owner not in get(f"/api/runs{path}").text
    assert carried_out.owner not in get(f"/api/runs/{carried_out.id}/export.json").text


def test_one_run(get, carried_out):
    told = get(f"/api/runs/{carried_out.id}").json()
    assert told["n_measurements"] == 4
    assert told["facts"]["backend"] == "rehearsal"
    assert told["config"]["seed"] == 1


@pytest.mark.parametrize(
    "path", ["", "/series", "/series?since=3&attempt=1", "/export.csv", "/export.npz"]
)
def test_an_unknown_run_is_404_with_a_sentence(get, store, path):
    answer = get(f"/api/runs/abcdefghij{path}")
    assert answer.status_code == 404
    assert "abcdefghij" in answer.json()["error"]


@pytest.mark.parametrize("since", ["-1", "x", "1e3", "٣", "9" * 30])
def test_a_bad_number_is_400_with_a_sentence(get, carried_out, since):
    answer = get(f"/api/runs/{carried_out.id}/series?since={since}")
    assert answer.status_code == 400
    assert "since" in answer.json()["error"]


def test_nothing_new_is_304(store, get, carried_out):
    path = f"/api/runs/{carried_out.id}/series"
    first = get(path)
    assert first.status_code == 200
    again = get(path, **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    store.rename(carried_out.id, "Other")
    assert get(path, **{"if-none-match": first.headers["etag"]}).status_code == 200


def test_large_answers_are_compressed_once(store, get, monkeypatch):
    run = store.create(rehearsal(steps=200))
    from deepfreq_core.runs.launchers.inline import InlineLauncher

    InlineLauncher(store).submit(run.id)
    compress = answers.gzip.compress
    calls = []
    monkeypatch.setattr(
        answers.gzip, "compress", lambda *a, **k: calls.append(1) or compress(*a, **k)
    )
    path = f"/api/runs/{run.id}/series"
    for _ in range(3):
        answer = get(path, **{"accept-encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        assert len(answer.json()["measurements"]) == 201
    assert len(calls) == 1
    plain = get(path, **{"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == answer.json()


def test_csv_is_long_form(get, carried_out):
    answer = get(f"/api/runs/{carried_out.id}/export.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert f"deepfreq-{carried_out.id}.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 4 * 3 * 4  # epochs, layers, grid
    assert rows[-1].keys() == {
        *("epoch", "step", "layer", "layer_name", "inverse_delta"),
        *("lfr", "rdf", "train_loss", "test_loss"),
    }
    assert rows[-1]["test_loss"] == ""
    assert (rows[-1]["epoch"], rows[-1]["layer"], rows[-1]["inverse_delta"]) == ("3", "2", "1.0")
    assert rows[-1]["layer_name"] == "layer 2"


def test_json_and_npz_keep_every_digit(store, get, carried_out):
    stored = store.measurements(carried_out.id)
    told = get(f"/api/runs/{carried_out.id}/export.json").json()
    assert told["config"]["seed"] == 1
    assert "deepfreq" in told["versions"]
    arrays = np.load(io.BytesIO(get(f"/api/runs/{carried_out.id}/export.npz").content))
    assert arrays["lfr"].shape == (4, 3, 4)
    assert arrays["inverse_delta"].shape == (4,)
    assert json.loads(str(arrays["config"]))["seed"] == 1
    for index, (_, measurement) in enumerate(stored):
        assert told["measurements"][index]["lfr"] == measurement.arrays["layers/lfr"].tolist()
        np.testing.assert_array_equal(arrays["lfr"][index], measurement.arrays["layers/lfr"])
        assert arrays["train_loss"][index] == measurement.scalars["train_loss"]


def test_netcdf_is_labelled(store, get, carried_out, tmp_path):
    pytest.importorskip("h5py")
    answer = get(f"/api/runs/{carried_out.id}/export.nc")
    assert answer.headers["content-type"] == "application/x-netcdf"
    assert f"deepfreq-{carried_out.id}.nc" in answer.headers["content-disposition"]
    (tmp_path / "run.nc").write_bytes(answer.content)
    stored = [measurement for _, measurement in store.measurements(carried_out.id)]
    with xr.open_dataset(tmp_path / "run.nc", engine="h5netcdf") as read:
        assert read.lfr.dims == ("epoch", "layer", "inverse_delta")
        np.testing.assert_array_equal(read.lfr, [m.arrays["layers/lfr"] for m in stored])


def test_another_table_and_one_that_is_not_there(get, carried_out):
    path = f"/api/runs/{carried_out.id}/export.csv?table="
    rows = list(csv.DictReader(io.StringIO(get(f"{path}weights").text)))
    assert len(rows) == 4 * 3 and "gradient_norm" in rows[0] and "lfr" not in rows[0]
    missing = get(f"{path}nothing")
    assert missing.status_code == 404
    assert "layer-inverse_delta" in missing.json()["error"]


@pytest.mark.parametrize("kind", ["csv", "json", "npz", "nc"])
def test_a_run_without_measurements_exports_too(store, get, kind):
    if kind == "nc":
        pytest.importorskip("h5py")
    run = store.create(rehearsal())
    assert get(f"/api/runs/{run.id}/export.{kind}").status_code == 200


def test_there_is_no_other_export(get, carried_out):
    assert get(f"/api/runs/{carried_out.id}/export.exe").status_code == 404


@pytest.fixture
def recorded_folder(tmp_path, monkeypatch):
    (tmp_path / "recorded").mkdir()
    (tmp_path / "secret.json").write_text('{"secret": 1}')
    monkeypatch.setattr(settings, "assets", lambda: tmp_path)
    return tmp_path / "recorded"


def test_a_recorded_run_answers_as_the_live_one_did(store, get, carried_out, recorded_folder):
    recorded = web.record(carried_out.id, store)
    assert recorded["versions"]["deepfreq"]
    (recorded_folder / "demo.json").write_text(json.dumps(recorded))
    live = get(f"/api/runs/{carried_out.id}/series").json()
    answer = get("/api/recorded/demo/series?since=2&attempt=1")
    assert {**answer.json(), "versions": 0} == {**live, "versions": 0}
    assert "max-age" in answer.headers["cache-control"]


@pytest.mark.parametrize("slug", ["nothing", "..%2Fsecret", "%2e%2e%2fsecret", "../secret", "*"])
def test_only_recorded_runs_are_served(get, store, recorded_folder, slug):
    answer = get(f"/api/recorded/{slug}/series")
    assert answer.status_code == 404
    assert "secret" not in answer.text.replace(slug, "")


def test_health_tells_database_dispatcher_and_queue(store, get):
    answer = get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "no dispatcher"
    store.create(rehearsal())
    store.beat_dispatcher("here", pid=1, slots=2)
    answer = get("/healthz")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["status"], told["database"], told["queue_length"]) == ("ok", "ok", 1)
    assert told["dispatcher"]["slots"] == 2
    assert answer.headers["cache-control"] == "no-store"


def test_a_broken_database_is_503_everywhere(home, get):
    home.mkdir()
    (home / "runs.sqlite").write_bytes(b"no database" * 100)
    for path in ("/healthz", "/api/runs", "/api/runs/abcdefghij/series"):
        answer = get(path)
        assert answer.status_code == 503
        assert "is not a database" in answer.text


def test_plotly_is_served_from_here_for_a_year(get):
    answer = get("/assets/plotly.min.js", **{"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 2_000_000
    assert "immutable" in answer.headers["cache-control"]
    assert b"plotly.js" in answer.content[:200]
    tag = answer.headers["etag"]
    assert get("/assets/plotly.min.js", **{"if-none-match": tag}).status_code == 304
    plain = get("/assets/plotly.min.js", **{"accept-encoding": "identity"})
    assert gzip.compress(plain.content[:100])
    assert plain.content == answer.content


def test_a_request_in_flight_is_told(store, get):
    run = store.create(rehearsal())
    store.start(run.id, worker="w")
    store.request(run.id, Request.PAUSE)
    assert get(f"/api/runs/{run.id}/series").json()["request"] == "pause"


@pytest.fixture
def damaged(store, carried_out):
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE measurements SET at = at + 1 WHERE seq = 3")
    return carried_out.id


@pytest.mark.parametrize("what", ["series", "export.csv", "export.json", "export.npz", "export.nc"])
def test_a_damaged_run_is_named_and_nothing_of_it_told(get, damaged, what):
    answer = get(f"/api/runs/{damaged}/{what}")
    assert answer.status_code == 500
    assert answer.json().keys() == {"error"}
    assert answer.json()["error"].startswith(f"measurement 3 of run {damaged} is damaged. Restore")
