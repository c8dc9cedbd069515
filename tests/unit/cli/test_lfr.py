"""`lfr`: right numbers out of good files, one plain line out of bad ones."""

import json
import zipfile

import numpy as np
import pytest

from deepfreq_core import ratio_curve
from deepfreq_core.cli import main
from deepfreq_core.cli.lfr import parse_grid


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 3))
    return x, np.eye(4)[rng.integers(4, size=40)]


@pytest.fixture
def file(tmp_path, samples):
    path = tmp_path / "samples.npz"
    np.savez(path, x=samples[0], y=samples[1])
    return str(path)


def answer(capsys, *arguments):
    assert main(["lfr", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


def complaint(capsys, *arguments):
    assert main(["lfr", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("deepfreq: ")
    assert captured.err.count("\n") == 1
    return captured.err


def test_json_is_what_the_library_says(capsys, file, samples):
    got = answer(
        capsys,
        file,
        "--inverse-delta",
        "0:2:5",
        "--normalize",
        "none",
        "--backend",
        "cpu",
        "--json",
    )
    curve = ratio_curve(*samples, np.linspace(0, 2, 5), backend="cpu")
    assert (got["n"], got["d"], got["c"]) == (40, 3, 4)
    assert got["normalize"] == "none"
    assert got["backend"] == curve.backend
    assert got["inverse_delta"] == [0, 0.5, 1, 1.5, 2]
    np.testing.assert_array_equal(got["lfr"], curve.low_frequency_ratio)
    np.testing.assert_array_equal(got["rdf"], curve.ratio_density)
    assert got["standard_error"] is None


def test_the_default_is_the_papers_normalisation(capsys, file, samples):
    got = answer(capsys, file, "--inverse-delta", "0.1,1", "--backend", "cpu", "--json")
    assert got["normalize"] == "max_abs"
    curve = ratio_curve(*samples, np.array([0.1, 1.0]), normalize="max_abs", backend="cpu")
    np.testing.assert_array_equal(got["lfr"], curve.low_frequency_ratio)


def test_the_table_has_a_line_for_each_value(capsys, file):
    assert main(["lfr", file, "--inverse-delta", "0,0.5,2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "n = 40 samples, d = 3, c = 4" in lines[0]
    assert [line.split()[0] for line in lines[-3:]] == ["0", "0.5", "2"]


def test_grids():
    np.testing.assert_array_equal(parse_grid("1:3:5"), [1, 1.5, 2, 2.5, 3])
    np.testing.assert_array_equal(parse_grid("0.1,0.2,5"), [0.1, 0.2, 5])
    np.testing.assert_array_equal(parse_grid("0.1"), [0.1])
    np.testing.assert_array_equal(parse_grid("2:2:1"), [2])


@pytest.mark.parametrize(
    "grid",
    [
        *("", "a", "0:1", "0:1:2:3", "0:1:x", "0:1:2.5", "0:1:0", "0:1:-3", "0:1:1", "1:0:5"),
        *("0:1:100000000000", "nan:1:3", "0:inf:3", "-1:1:3", "1,1", "2,1", "1,,2", "0,nan"),
    ],
)
def test_a_bad_grid_is_named_with_the_way_out(capsys, file, grid):
    said = complaint(capsys, file, "--inverse-delta", grid)
    assert repr(grid) in said
    assert "A:B:K" in said


def test_bad_files(capsys, tmp_path, samples):
    x, y = samples
    path = tmp_path / "bad.npz"

    def said(content):
        if content is not None:
            path.write_bytes(content)
        return complaint(capsys, str(path), "--inverse-delta", "0:1:3")

    def saved(**arrays):
        np.savez(path, **arrays)
        return said(None)

    assert "there is no file" in said(None)
    assert "cannot be read" in said(b"")
    assert "cannot be read" in said(b"no zip at all")
    assert "cannot be read" in said(b"PK\x03\x04 cut off")
    with path.open("wb") as file:
        np.save(file, x)
    assert "one .npy array" in said(None)
    assert "no array 'x'" in saved(y=y)
    assert "no array 'y'" in saved(x=x)
    assert "two axes" in saved(x=x, y=y[:, 0])
    assert "two axes" in saved(x=x[None], y=y)
    assert "complex" in saved(x=x + 1j, y=y)
    assert "<U1" in saved(x=x, y=np.array([["a"]] * 40))
    assert "40" in saved(x=x, y=y[:-1])
    assert "finite" in saved(x=np.full_like(x, np.nan), y=y)
    assert "y" in saved(x=x, y=np.zeros_like(y))
    assert "'x'" in saved(x=np.array([[{}]], dtype=object), y=y)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY no header")
        archive.writestr("y.npy", b"")
    assert "'x'" in said(None)
    np.savez(path, x=x, y=y)
    damaged = bytearray(path.read_bytes())
    damaged[400] ^= 255
    assert "'x'" in said(bytes(damaged))


def test_an_array_that_claims_more_than_there_is(capsys, tmp_path):
    path = tmp_path / "vast.npz"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776, 1024), }"
    header = header.ljust(117) + b"\n"
    body = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", body)
        archive.writestr("y.npy", body)
    assert "'x'" in complaint(capsys, str(path), "--inverse-delta", "0:1:3")


def test_a_backend_that_is_not_here_is_bad_input(capsys, file):
    from deepfreq_core.lowpass import available_backends

    if "cuda" in available_backends():
        pytest.skip("this machine has a CUDA backend")
    assert "cuda" in complaint(capsys, file, "--inverse-delta", "1", "--backend", "cuda")
