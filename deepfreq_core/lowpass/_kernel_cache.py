"""numba's cache on disk, read only where it is still what was written.

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
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from numba.core import caching

_numbas: Any = caching.FunctionCache
_log = logging.getLogger(__name__)


class CheckedCache(_numbas):  # type: ignore[misc]
    """The cache of one function; a cache that cannot be read or written is no error.

    Args:
        function: The function.
        made_of: A module whose source the compiled code follows beside the function's own file,
            the only one that numba looks at.
    """

    def __init__(self, function: Any, *, made_of: ModuleType) -> None:
        super().__init__(function)
        source = Path(str(made_of.__file__))
        self._files = _Files(Path(self.cache_path), self._impl.filename_base, source)

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
        source: What they were compiled from, beside the file that numba looks at.
    """

    def __init__(self, folder: Path, base: str, source: Path) -> None:
        self.base = base
        self._source = source
        self._folder = folder
        self._seal = folder / f"{base}.sha256"

    def problem(self) -> str | None:
        """What is wrong with the files, None where they are as they were written."""
        try:
            if not self._parts():
                return None
            found = self._digests()
            expected = self._seal.read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return "has no digests"
        except OSError as error:
            return f"cannot be read ({error.strerror})"
        return None if found == expected else "is damaged or older than its source"

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
        """A line for each file and the source, digest and name."""
        parts = [*self._parts(), self._source]
        return "".join(
            f"{hashlib.sha256(part.read_bytes()).hexdigest()}  {part.name}\n" for part in parts
        )

    def _parts(self) -> list[Path]:
        base = glob.escape(self.base)
        found = [path for kind in (".nbi", ".*.nbc") for path in self._folder.glob(base + kind)]
        return sorted(found)
