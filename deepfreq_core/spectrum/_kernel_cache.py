"""How loops are compiled, and numba's cache on disk, read only where it is still what was written.

numba loads whatever lies in its cache: a truncated file ends the run that meets it, and every run
after it; changed machine code would give wrong numbers or end the process. So the digests of a
function's files are kept beside them, and files that do not fit are removed before numba opens
them; then it compiles anew. The files are numba's own business: here they are bytes.
"""

from __future__ import annotations

import glob
import hashlib
import logging
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from numba import njit
from numba.core import caching

_numbas: Any = caching.FunctionCache
_log = logging.getLogger(__name__)
_Function = TypeVar("_Function", bound=Callable[..., Any])

# No flag for NaN or infinity: a sample far away must give 0, not anything.
REDUCE = {"reassoc", "contract", "nsz"}


def compiled(**options: Any) -> Callable[[_Function], _Function]:
    """`njit` without the GIL, cached on disk where any place for that can be written."""

    def wrap(function: _Function) -> _Function:
        found: Any = njit(function, nogil=True, **options)
        with suppress(RuntimeError):  # numba found no cache folder it can write
            found._cache = CheckedCache(function)  # as its enable_caching, with our checks
        return found  # type: ignore[no-any-return]

    return wrap


class CheckedCache(_numbas):  # type: ignore[misc]
    """The cache of one function; a cache that cannot be read or written is no error."""

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self._files = _Files(Path(self.cache_path), self._impl.filename_base)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Compiled code for a signature; None where there is none that can be trusted."""
        problem = self._files.problem()
        if problem is None:
            try:
                return super().load_overload(sig, target_context)
            except Exception as error:  # numba names no errors of its own for this
                problem = f"cannot be loaded ({error!r})"
        _log.warning("the compiled %s %s; compiling it anew", self._files.base, problem)
        self._files.remove()
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep compiled code, and what its files must look like."""
        try:
            super().save_overload(sig, data)
            self._files.seal()
        except Exception as error:  # a full disk, an index damaged just now
            _log.warning("the compiled %s cannot be kept: %r", self._files.base, error)
            self._files.remove()


class _Files:
    """The files that numba keeps for one function: an index, code for each signature.

    Args:
        folder: Where they lie.
        base: What their names begin with.
    """

    def __init__(self, folder: Path, base: str) -> None:
        self.base = base
        self._folder = folder
        self._seal = folder / f"{base}.sha256"

    def problem(self) -> str | None:
        """What is wrong with the files, None where they are as they were written."""
        try:
            found = self._digests()
            if not found:
                return None
            expected = self._seal.read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return "has no digests"
        except OSError as error:
            return f"cannot be read ({error.strerror})"
        return None if found == expected else "is damaged"

    def seal(self) -> None:
        """Write down what the files are now."""
        beside = self._seal.with_suffix(f".{secrets.token_hex(8)}.new")
        try:
            beside.write_text(self._digests(), "utf-8")
            os.replace(beside, self._seal)
        finally:
            beside.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove them all; what cannot be removed is found damaged again."""
        for path in [self._seal, *self._parts()]:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _digests(self) -> str:
        """A line for each file, digest and name; nothing where there are no files."""
        parts = self._parts()
        return "".join(
            f"{hashlib.sha256(part.read_bytes()).hexdigest()}  {part.name}\n" for part in parts
        )

    def _parts(self) -> list[Path]:
        base = glob.escape(self.base)
        found = [path for kind in (".nbi", ".*.nbc") for path in self._folder.glob(base + kind)]
        return sorted(found)
