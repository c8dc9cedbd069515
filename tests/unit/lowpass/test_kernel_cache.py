"""A damaged cache of compiled loops costs a compilation, never a run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROGRAM = """
import numpy as np
from deepfreq_core.lowpass import _cpu_kernels as kernels

x = np.arange(6.0).reshape(3, 2)
far, near = np.empty((3, 3), np.float32), np.empty((3, 3), np.float32)
kernels.direct_sq_dist(x, x.T.copy(), np.empty(3), far)
norms = (x * x).sum(1)
kernels.products_to_sq_dist(x @ x.T, norms, norms, np.arange(3), near)
expected = ((x[:, None] - x[None]) ** 2).sum(2)
assert np.array_equal(far, expected) and np.array_equal(near, expected), (far, near)
for function in (kernels.direct_sq_dist, kernels.products_to_sq_dist):
    print(sum(function.stats.cache_hits.values()))
"""


def _run(cache: Path) -> tuple[list[int], str]:
    """Times that code came from the cache, for two functions; and what was logged."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()], done.stderr


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds both functions."""
    cache = tmp_path_factory.mktemp("numba")
    assert _run(cache) == ([0, 0], "")
    return cache


@pytest.fixture
def cache(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return shutil.copytree(whole, tmp_path / "numba")


def _only(cache: Path, ending: str, function: str = "direct_sq_dist") -> Path:
    (found,) = [path for path in cache.rglob(f"*{function}*") if path.name.endswith(ending)]
    return found


def test_a_whole_cache_is_read(cache: Path) -> None:
    assert _run(cache) == ([1, 1], "")


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path: Path) -> None:
    """One bit in the middle: machine code in the data file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 16
    path.write_bytes(data)


_DAMAGES: dict[str, Callable[[Path], object]] = {
    "truncated": _truncate,
    "empty": lambda path: path.write_bytes(b""),
    "one bit": _flip,
    "random bytes": lambda path: path.write_bytes(os.urandom(4096)),
    "another pickle": lambda path: path.write_bytes(b"\x80\x04]\x94."),
    "of another function": lambda path: shutil.copy(
        next(path.parent.glob(f"*products_to_sq_dist*{path.suffix}")), path
    ),
}


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", _DAMAGES)
def test_damage_is_found_and_mended(cache: Path, ending: str, damage: str) -> None:
    _DAMAGES[damage](_only(cache, ending))
    hits, said = _run(cache)
    assert hits == [0, 1]  # the other function is not concerned
    assert "direct_sq_dist" in said
    assert "is damaged or older than its source; compiling it anew" in said
    assert _run(cache) == ([1, 1], "")


def test_code_of_other_instructions_is_compiled_anew(cache: Path) -> None:
    """Their source is the last line of the digests; numba looks at the functions' own file."""
    seal = _only(cache, ".sha256")
    *lines, source = seal.read_text().splitlines()
    assert source.endswith("  _cpu_instructions.py")
    seal.write_text("\n".join([*lines, "0" * 64 + "  _cpu_instructions.py"]) + "\n")
    assert _run(cache)[0] == [0, 1]
    assert _run(cache) == ([1, 1], "")


def test_digests_that_are_lost_or_damaged_cost_a_compilation(cache: Path) -> None:
    _only(cache, ".sha256").unlink()
    _only(cache, ".sha256", "products_to_sq_dist").write_bytes(os.urandom(99))
    hits, said = _run(cache)
    assert hits == [0, 0]
    assert "has no digests" in said
    assert _run(cache) == ([1, 1], "")


def test_a_data_file_that_is_gone_costs_a_compilation(cache: Path) -> None:
    _only(cache, ".nbc").unlink()
    assert _run(cache)[0] == [0, 1]
    assert _run(cache) == ([1, 1], "")


def test_what_can_be_neither_read_nor_removed_is_done_without(cache: Path) -> None:
    index = _only(cache, ".nbi")
    index.unlink()
    index.mkdir()
    for _ in range(2):
        hits, said = _run(cache)
        assert hits == [0, 1]
        assert "cannot be kept" in said
