"""Where two JSON values differ, in words that name the place."""

import math
from collections.abc import Iterator
from itertools import chain, islice, zip_longest
from typing import Any

from tests.golden.kept import kept

# Both sides have been rounded to four significant digits: one unit of the last is no difference.
TOLERANCE = 1.01e-3
MISSING = "nothing"


def check(name: str, seen: Any) -> None:
    """Fail, naming the first places, where something is not as that golden has it."""
    found = list(islice(differences(kept(name, seen), seen), 8))
    assert not found, "the first that are not as they were:\n" + "\n".join(found)


def differences(golden: Any, seen: Any, place: str = "") -> Iterator[str]:
    """One line for each text or list that is not as it was; of a list, its first difference."""
    if isinstance(golden, dict) and isinstance(seen, dict):
        for key in dict.fromkeys((*golden, *seen)):
            inner = f"{place} > {key}" if place else key
            yield from differences(golden.get(key, MISSING), seen.get(key, MISSING), inner)
    elif isinstance(golden, list) and isinstance(seen, list):
        pairs = enumerate(zip_longest(golden, seen, fillvalue=MISSING))
        found = (differences(one, other, f"{place}[{i}]") for i, (one, other) in pairs)
        yield from islice(chain.from_iterable(found), 1)
    elif not is_same(golden, seen):
        yield f"{place}: was {shortly(golden)}, is {shortly(seen)}"


def is_same(golden: Any, seen: Any) -> bool:
    if isinstance(golden, int | float) and isinstance(seen, int | float):
        return math.isclose(golden, seen, rel_tol=TOLERANCE, abs_tol=1e-9)
    return bool(golden == seen)


def shortly(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 120 else f"{text[:100]}… ({len(text)} characters)"
