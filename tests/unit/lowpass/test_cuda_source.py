"""The CUDA source without a GPU: compiled for three generations, and run thread by thread.

`tests/gpu` runs it on a device.
"""

import ast
import ctypes
import itertools
import operator
import re
import shutil
import subprocess
import textwrap

import numpy as np
import pytest

from deepfreq_core.lowpass import _cuda
from deepfreq_core.lowpass._plan import plan_grid, plan_labels, plan_panels, plan_weights
from tests import cases
from tests.reference import filter as reference

SOURCE = _cuda.SOURCE.read_text(encoding="utf-8")


@pytest.mark.parametrize("architecture", ["sm_75", "sm_80", "sm_90"])
def test_compiles(architecture):
    nvrtc = pytest.importorskip("cupy", reason="CuPy is not installed").cuda.nvrtc
    try:
        nvrtc.getVersion()
    except Exception as error:  # whatever the missing library raises
        pytest.skip(f"NVRTC cannot be loaded: {error}")
    program = nvrtc.createProgram(SOURCE, "low_pass.cu", [], [])
    for name in _cuda.KERNELS:
        nvrtc.addNameExpression(program, name)
    nvrtc.compileProgram(program, [f"--gpu-architecture={architecture}", *_cuda.OPTIONS])
    assert nvrtc.getProgramLog(program).strip("\0\n ") == ""
    assert len(nvrtc.getCUBIN(program)) > 0
    names = {nvrtc.getLoweredName(program, name) for name in _cuda.KERNELS}
    assert len(names) == len(_cuda.KERNELS)


def test_constants_are_those_of_the_launch():
    constants = dict(re.findall(r"constexpr int (\w+) = (\d+);", SOURCE))
    assert constants == {"LANES": str(_cuda.LANES), "WARPS": str(_cuda.WARPS)}
    assert max(_cuda.LONG_RUN, _cuda.SHORT_RUN) <= _cuda.LANES


def transcribed(expression, **values):
    """Value of an index function of the source, its body read as Python."""
    body = re.search(rf"{expression}\([^)]*\)\s*{{\s*return (.*?);", SOURCE, re.DOTALL).group(1)
    body = re.sub(r"static_cast<long long>\((\w+)\)", r"\1", body)
    return computed(ast.parse(" ".join(body.split()), mode="eval").body, values)


def computed(node, values):
    """Value of an expression of sums, products and names."""
    if isinstance(node, ast.BinOp):
        operation = {ast.Add: operator.add, ast.Mult: operator.mul}[type(node.op)]
        return operation(computed(node.left, values), computed(node.right, values))
    if isinstance(node, ast.Name):
        return {"LANES": _cuda.LANES, "WARPS": _cuda.WARPS, **values}[node.id]
    return ast.literal_eval(node)


@pytest.mark.parametrize("n_rows", [1, 7, 8, 9, 64, 65])
@pytest.mark.parametrize("n_columns", [1, 31, 32, 33, 100])
def test_every_pair_is_taken_once(n_rows, n_columns):
    blocks = -(-n_rows // _cuda.WARPS)
    taken = np.zeros((n_rows, n_columns), int)
    for block, warp, lane in itertools.product(range(blocks), range(8), range(32)):
        row = transcribed("row_of", block=block, warp=warp)
        if row >= n_rows:
            continue
        for turn in itertools.count():
            column = transcribed("column_of", first=0, lane=lane, turn=turn)
            if column >= n_columns:
                break
            taken[row, column] += 1
    assert (taken == 1).all()


def test_sums_lie_as_the_host_reads_them():
    shape = (3, 4, 2, 5)
    for row, s, part, slot in itertools.product(*map(range, shape)):
        at = transcribed("sum_of", row=row, s=s, part=part, slot=slot, n_sums=4, n_slots=5)
        assert at == np.ravel_multi_index((row, s, part, slot), shape)


# Lanes of a warp as contexts of one host thread, which take turns at every shuffle.
EMULATION = """
#include <cmath>
#include <functional>
#include <ucontext.h>
#define __device__
#define __global__
struct Index { unsigned x, y; };
static Index blockIdx, threadIdx, blockDim;
static ucontext_t host, lanes[32];
static char stacks[32][65536];
static bool finished[32];
static unsigned shuffles[32];
static double exchanged[2][32];
static std::function<void()> body;
template <typename T> T __shfl_xor_sync(unsigned, T value, int offset) {
    const unsigned me = threadIdx.x, side = shuffles[me]++ % 2;
    exchanged[side][me] = value;
    swapcontext(&lanes[me], &host);
    return static_cast<T>(exchanged[side][me ^ offset]);
}
#include "low_pass.cu"
static void run_lane() {
    body();
    finished[threadIdx.x] = true;
}
template <typename K, typename... A>
void launch(K kernel, unsigned blocks_x, unsigned blocks_y, A... arguments) {
    body = [=] { kernel(arguments...); };
    for (unsigned bx = 0; bx < blocks_x; ++bx)
        for (unsigned by = 0; by < blocks_y; ++by)
            for (unsigned warp = 0; warp < WARPS; ++warp) {
                blockIdx = {bx, by};
                for (int lane = 0; lane < LANES; ++lane) {
                    getcontext(&lanes[lane]);
                    lanes[lane].uc_stack = {stacks[lane], 0, sizeof stacks[lane]};
                    lanes[lane].uc_link = &host;
                    makecontext(&lanes[lane], run_lane, 0);
                    finished[lane] = false;
                    shuffles[lane] = 0;
                }
                for (int unfinished = LANES; unfinished > 0;) {
                    unfinished = 0;
                    for (unsigned lane = 0; lane < LANES; ++lane) {
                        if (finished[lane]) continue;
                        threadIdx = {lane, warp};
                        swapcontext(&host, &lanes[lane]);
                        unfinished += !finished[lane];
                    }
                }
            }
}
#define EXPORT(NAME, T, RUN, SQUARE)                                                            \\
    extern "C" void NAME(unsigned bx, unsigned by, const T* product, long long stride,          \\
        const T* ni, const T* nj, const long long* places, long long start, long long rows,     \\
        const long long* pieces, const float* weights, long long n, const double* beta,         \\
        double step, long long first, int count, long long n_sums, long long n_slots,           \\
        double* sums) {                                                                         \\
        launch(row_sums<T, RUN, SQUARE>, bx, by, product, stride, ni, nj, places, start, rows,  \\
               pieces, weights, n, beta, step, first, count, n_sums, n_slots, sums);            \\
    }
EXPORT(float_20_false, float, 20, false)
EXPORT(float_4_false, float, 4, false)
EXPORT(float_4_true, float, 4, true)
EXPORT(double_20_false, double, 20, false)
EXPORT(double_4_false, double, 4, false)
EXPORT(double_4_true, double, 4, true)
extern "C" void energies(const double* sums, const double* a, const double* b, long long rows,
    long long n_sums, long long n_slots, long long m, double unit, double* energy, double* slope) {
    blockDim = {256, 1};
    for (unsigned bx = 0; bx * 256 < rows * m; ++bx)
        for (unsigned t = 0; t < 256; ++t) {
            blockIdx = {bx, 0};
            threadIdx = {t, 0};
            row_energies<double>(sums, a, b, rows, n_sums, n_slots, m, unit, energy, slope);
        }
}
extern "C" void filtered(const double* sums, const float* weights, const long long* places,
    long long n, long long rows, long long n_sums, long long n_slots, long long m, double* low,
    double* cross, double* high, double* own) {
    blockDim = {256, 1};
    for (unsigned bx = 0; bx * 256 < rows * m; ++bx)
        for (unsigned t = 0; t < 256; ++t) {
            blockIdx = {bx, 0};
            threadIdx = {t, 0};
            filtered_rows<double>(sums, weights, places, n, rows, n_sums, n_slots, m, low, cross,
                                  high, own);
        }
}
"""


@pytest.fixture(scope="session")
def emulated(tmp_path_factory):
    """The kernels as a host library."""
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("no C++ compiler (g++) to run the kernels' own source on the host")
    folder = tmp_path_factory.mktemp("emulation")
    (folder / "emulation.cpp").write_text(textwrap.dedent(EMULATION))
    library = folder / "emulation.so"
    command = [compiler, "-std=c++20", "-O1", "-shared", "-fPIC", "-w"]
    command += [f"-I{_cuda.SOURCE.parent}", "-o", str(library), str(folder / "emulation.cpp")]
    subprocess.run(command, check=True, timeout=120)
    return ctypes.CDLL(str(library))


def pointer(array):
    return None if array is None else ctypes.c_void_p(array.ctypes.data)


def emulated_sums(library, x, labels, plan, dtype, width, rows):
    """What `_cuda._Sweep` does, its launches replaced by the host library."""
    n, n_slots = len(x), len(plan.beta)
    values = np.ascontiguousarray((x - x.mean(axis=0))[labels.order], dtype)
    norms = (values.astype(np.float64) ** 2).sum(axis=1).astype(dtype)
    beta, step, count = plan.beta / 2, plan.step / 2, len(rows)
    sums = np.zeros((count, labels.n_sums, 2, n_slots))
    weights = labels.weights if len(labels.weights) else None
    places, own_norms = np.ascontiguousarray(rows, np.int64), norms[rows]
    scalar = "float" if dtype == np.float32 else "double"
    for panel in plan_panels(labels.edges, width):
        columns = slice(panel.start, panel.stop)
        product = np.ascontiguousarray(values[rows] @ values[columns].T)
        column_norms = np.ascontiguousarray(norms[columns])
        n_sums = labels.n_sums if weights is not None else len(panel.pieces)
        for first, last in plan.runs:
            run = _cuda.LONG_RUN if last - first > _cuda.SHORT_RUN else _cuda.SHORT_RUN
            kernel = getattr(library, f"{scalar}_{run}_{str(plan.step < 0).lower()}")
            kernel(
                -(-count // _cuda.WARPS), n_sums, pointer(product),
                ctypes.c_longlong(product.shape[1]), pointer(own_norms), pointer(column_norms),
                pointer(places), ctypes.c_longlong(panel.start), ctypes.c_longlong(count),
                pointer(panel.pieces), pointer(weights), ctypes.c_longlong(n), pointer(beta),
                ctypes.c_double(step), ctypes.c_longlong(first), ctypes.c_int(last - first),
                ctypes.c_longlong(labels.n_sums), ctypes.c_longlong(n_slots), pointer(sums),
            )  # fmt: skip
    return sums


def emulated_curve(library, x, y, grid, dtype, width, rows):
    """Energies and slopes of the chosen rows, and which samples they are."""
    labels, plan = plan_labels(y), plan_grid(grid)
    sums = emulated_sums(library, x, labels, plan, dtype, width, rows)
    count, n_slots = len(rows), len(plan.beta)
    energy, slope = np.empty((count, plan.m)), np.empty((count, plan.m))
    library.energies(
        pointer(sums), pointer(labels.in_row_sum), pointer(labels.in_energy),
        ctypes.c_longlong(count), ctypes.c_longlong(labels.n_sums), ctypes.c_longlong(n_slots),
        ctypes.c_longlong(plan.m), ctypes.c_double(1), pointer(energy), pointer(slope),
    )  # fmt: skip
    return labels.order[rows], energy, slope


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("n", "grid", "real", "rows"),
    [
        (11, np.linspace(0, 2, 21), False, np.arange(11)),
        (21, np.linspace(0.1, 2, 3), False, np.arange(21)),
        (21, 0.01 * 2.0 ** np.arange(6), False, np.array([0, 5, 20])),
        (21, np.array([0, 0.3, 0.5]), False, np.arange(21)),
        (11, np.linspace(0, 2, 5), True, np.arange(9)),
        (21, 0.01 * 2.0 ** np.arange(4), True, np.arange(21)),
        (1, np.array([0.7]), False, np.arange(1)),
    ],
)
def test_run_thread_by_thread(emulated, n, grid, real, rows, dtype):
    rng = np.random.default_rng(5)
    x = rng.standard_normal((n, 3))
    y = rng.standard_normal((n, 2)) if real else cases.one_hot(rng.integers(0, 3, n), 3)
    samples, energy, slope = emulated_curve(emulated, x, y, grid, dtype, 8, rows)
    exact_energy, exact_slope = reference.row_terms(x, y, grid)
    # float32: a few eps of r² ≤ 20 in the exponent; labels are float32 in both.
    eps = 2e-5 if dtype == np.float32 else 2e-7
    np.testing.assert_allclose(energy, exact_energy[:, samples].T, atol=eps)
    np.testing.assert_allclose(slope, exact_slope[:, samples].T, atol=eps)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("n", "grid"),
    [
        (11, np.linspace(0, 2, 21)),
        (21, 0.01 * 2.0 ** np.arange(6)),
        (21, np.array([0, 0.3, 0.5])),
        (1, np.array([0.7])),
    ],
)
def test_low_and_high_parts_thread_by_thread(emulated, n, grid, dtype):
    rng = np.random.default_rng(6)
    x = rng.standard_normal((n, 3))
    r = rng.standard_normal((n, 2)).astype(np.float32).astype(np.float64)
    labels, plan, rows = plan_weights(r), plan_grid(grid), np.arange(n)
    sums = emulated_sums(emulated, x, labels, plan, dtype, 8, rows)
    found = [np.empty((n, plan.m)) for _ in range(4)]
    emulated.filtered(
        pointer(sums), pointer(labels.weights), pointer(rows), ctypes.c_longlong(n),
        ctypes.c_longlong(n), ctypes.c_longlong(labels.n_sums), ctypes.c_longlong(len(plan.beta)),
        ctypes.c_longlong(plan.m), *map(pointer, found),
    )  # fmt: skip
    # float32: a few eps of r² ≤ 20 in the exponent; residuals are float32 in both.
    eps = 2e-5 if dtype == np.float32 else 2e-7
    for values, exact in zip(found, reference.filtered_rows(x, r, grid), strict=True):
        np.testing.assert_allclose(values, exact.T, rtol=0, atol=eps)
