/* Weight sums of the Gaussian filter from tiles of products, and what follows from them.

For row i of a tile, columns j of a group s (weight w_j, 1 for groups) and slots k of 1/δ:

    q_ij  = max(‖x_i‖² + ‖x_j‖² − 2 x_i·x_j, 0), and 0 for i = j
    S_isk = Σ_j w_j exp(−β_k q_ij)            D_isk = Σ_j w_j q_ij exp(−β_k q_ij)

with β_k = unit/(2δ_k), so that D = −dS/dβ_k. One exp a pair serves RUN slots: on a linear grid
the factor of slot k+1 is that of slot k times exp(−step·q), on a doubling grid its square.

Layout of row_sums: blockIdx.x counts groups of WARPS rows, threadIdx.y the row in it, so that one
warp owns one row; blockIdx.y counts pieces (a run of columns of one group) or, with weights,
label columns. Lane l takes columns l, l + 32, … of the piece. A (row, s) belongs to one warp of
a launch, and launches of one stream follow each other: sums need no atomics. No shared memory.

Lanes add up at most (columns of a tile)/32 = 256 terms in T before the warp's total goes into
double: for float that is an error of a few eps, far below that of the product. */

constexpr int LANES = 32;
constexpr int WARPS = 8;

/* ---- index arithmetic; transcribed and checked in tests/unit/lowpass/test_cuda_source.py ----- */

__device__ inline long long row_of(int block, int warp) {
    return static_cast<long long>(block) * WARPS + warp;
}

__device__ inline long long column_of(long long first, int lane, long long turn) {
    return first + lane + turn * LANES;
}

__device__ inline long long sum_of(long long row, long long s, int part, long long slot,
                                   long long n_sums, long long n_slots) {
    return ((row * n_sums + s) * 2 + part) * n_slots + slot;
}

/* ---- arithmetic ---- */

__device__ inline float exp_of(float v) { return expf(v); }
__device__ inline double exp_of(double v) { return exp(v); }

template <typename T>
__device__ inline T warp_total(T value) {
    for (int offset = LANES / 2; offset > 0; offset /= 2) {
        value += __shfl_xor_sync(0xffffffffu, value, offset);
    }
    return value;
}

template <typename T, int RUN, bool SQUARE>
__global__ void row_sums(
    const T* product,         // (rows, stride): x_i·x_j of the tile
    const long long stride,
    const T* norm_i,          // (rows,)
    const T* norm_j,          // (columns,)
    const long long* places,  // (rows,): place of each row among all samples
    const long long start,    // place of the tile's first column
    const long long rows,
    const long long* pieces,  // (P, 3): first column, length, group
    const float* weights,     // (c, n) label columns over all places, or null for groups
    const long long n,
    const double* beta,       // (slots,)
    const double step,
    const long long first,    // first slot of this run
    const int count,          // its slots, ≤ RUN
    const long long n_sums,
    const long long n_slots,
    double* sums              // (rows, n_sums, 2, n_slots)
) {
    static_assert(RUN <= LANES, "one lane writes one slot");
    const long long row = row_of(blockIdx.x, threadIdx.y);
    if (row >= rows) return;  // the whole warp leaves together
    const int lane = threadIdx.x;
    const long long* piece = pieces + (weights ? 0 : 3 * static_cast<long long>(blockIdx.y));
    const long long s = weights ? blockIdx.y : piece[2];
    const float* weight = weights && s > 0 ? weights + (s - 1) * n + start : nullptr;
    const long long begin = piece[0], end = begin + piece[1];
    const long long own = places[row] - start;
    const T own_norm = norm_i[row];
    const T beta_first = static_cast<T>(beta[first]);
    const T ratio = static_cast<T>(step);

    T total[RUN], moment[RUN];
#pragma unroll
    for (int t = 0; t < RUN; ++t) total[t] = moment[t] = T(0);

    for (long long turn = 0;; ++turn) {
        const long long j = column_of(begin, lane, turn);
        if (j >= end) break;
        T q = own_norm + norm_j[j] - T(2) * product[row * stride + j];
        q = j == own || q < T(0) ? T(0) : q;
        T factor = exp_of(-beta_first * q);
        const T next = SQUARE ? T(0) : exp_of(-ratio * q);
        const T w = weight ? static_cast<T>(weight[j]) : T(1);
        if (!SQUARE) factor *= w;
#pragma unroll
        for (int t = 0; t < RUN; ++t) {
            const T term = SQUARE ? factor * w : factor;
            total[t] += term;
            moment[t] += term * q;
            factor *= SQUARE ? factor : next;
        }
    }

    T mine = T(0), mine_moment = T(0);
#pragma unroll
    for (int t = 0; t < RUN; ++t) {
        const T sum = warp_total(total[t]);
        const T sum_moment = warp_total(moment[t]);
        if (lane == t) {
            mine = sum;
            mine_moment = sum_moment;
        }
    }
    if (lane < count) {
        sums[sum_of(row, s, 0, first + lane, n_sums, n_slots)] += static_cast<double>(mine);
        sums[sum_of(row, s, 1, first + lane, n_sums, n_slots)] += static_cast<double>(mine_moment);
    }
}

/* ‖y_low,i‖² and its derivative in β from the weight sums; one thread a (row, grid point).

C = Σ_s a_s S_s, Y² = Σ_s b_s S_s²:  energy = Y²/C²,
slope = −unit · (Σ_s b_s S_s D_s)/C² + unit · Y² (Σ_s a_s D_s)/C³, as dS/d(1/δ) = −unit/2 · D. */
template <typename T>
__global__ void row_energies(const T* sums, const T* in_row_sum, const T* in_energy,
                             const long long rows, const long long n_sums,
                             const long long n_slots, const long long m, const double unit,
                             T* energy, T* slope) {
    const long long at = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= rows * m) return;
    const long long row = at / m, k = at % m;
    T c = 0, dc = 0, total = 0, mixed = 0;
    for (long long s = 0; s < n_sums; ++s) {
        const T weight = sums[sum_of(row, s, 0, k, n_sums, n_slots)];
        const T moment = sums[sum_of(row, s, 1, k, n_sums, n_slots)];
        c += in_row_sum[s] * weight;
        dc += in_row_sum[s] * moment;
        total += in_energy[s] * weight * weight;
        mixed += in_energy[s] * weight * moment;
    }
    energy[at] = total / (c * c);
    slope[at] = unit * (total * dc / c - mixed) / (c * c);
}

/* Of every row and grid point: ‖r_low,i‖², r_i·r_low,i, ‖r_i − r_low,i‖² and 1/C_i, from weight sums
whose first is C_i and whose others are Σ_j G_ij r_j of each output; one thread a (row, grid point).
The third has a sum of its own: as a difference of the others rounding would eat what is left. */
template <typename T>
__global__ void filtered_rows(const T* sums, const float* weights, const long long* places,
                              const long long n, const long long rows, const long long n_sums,
                              const long long n_slots, const long long m, T* low, T* cross,
                              T* high, T* own) {
    const long long at = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= rows * m) return;
    const long long row = at / m, k = at % m;
    const T weight = T(1) / sums[sum_of(row, 0, 0, k, n_sums, n_slots)];
    T a = 0, b = 0, c = 0;
    for (long long s = 1; s < n_sums; ++s) {
        const T passed = sums[sum_of(row, s, 0, k, n_sums, n_slots)] * weight;
        const T given = static_cast<T>(weights[(s - 1) * n + places[row]]);
        a += passed * passed;
        b += passed * given;
        c += (given - passed) * (given - passed);
    }
    low[at] = a;
    cross[at] = b;
    high[at] = c;
    own[at] = weight;
}
