"""Numbers as JSON text: six digits for charts, all digits for exports, null where there is none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHART = "%.6g"
EXACT = "%.17g"


def number(value: float, form: str = CHART) -> str:
    """One number; NaN and infinity, which JSON lacks, as null."""
    return form % value if math.isfinite(value) else "null"


def array(values: NDArray[Any], form: str = CHART) -> str:
    """An array of any shape as nested lists."""
    if values.dtype.kind in "biu":
        form = "%d"
    return _nested(values.tolist(), form)


def plain(value: Any) -> Any:
    """Dicts, lists, text and finite numbers; NaN and infinity become None."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _nested(values: Any, form: str) -> str:
    if not isinstance(values, list):
        return number(values, form)
    if values and not isinstance(values[0], list):
        inner = ",".join([form % v if math.isfinite(v) else "null" for v in values])
    else:
        inner = ",".join([_nested(v, form) for v in values])
    return f"[{inner}]"
