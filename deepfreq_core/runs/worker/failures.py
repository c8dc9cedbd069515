"""Why a run failed, in one sentence for the person who launched it."""

from __future__ import annotations

from deepfreq_core.errors import DeepFreqError

_SMALLER = (
    "Lower the n_samples of an instrument, training.batch_size or net.width, or let fewer runs go "
    "at a time"
)
_NO_MEMORY = ("out of memory", "can't allocate memory", "cannot allocate memory", "alloc_failed")


def sentence(error: BaseException) -> str:
    """One sentence: what happened and, where known, what to do."""
    if isinstance(error, DeepFreqError):
        return str(error)
    lines = str(error).strip().splitlines()
    first = lines[0].strip() if lines else ""
    if is_out_of_memory(error):
        on_gpu = "cuda" in f"{type(error).__module__} {first}".lower()
        where = "the GPU" if on_gpu else "this machine"
        return f"{where} ran out of memory. {_SMALLER}"
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out; torch and CuPy have exceptions of their own for it, or none."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(part in text for part in _NO_MEMORY)
