"""The browser part of the live view, put together from its modules.

Streamlit takes one JavaScript text for a component that is not an installed asset. The modules
beside this file are ordinary ES modules that import each other by relative path; here they become
one: in order, without their imports and without `export` (except the default one). So every
top-level name must be unique over all of them; a test checks that.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

_HERE = Path(__file__).parent
# Each file after those it imports from.
MODULES = (
    *("numbers.js", "fills.js", "facets.js", "axes.js", "labels.js", "link.js", "series.js"),
    *("look.js", "plot.js", "drawing.js", "dom.js", "panels.js", "view.js", "main.js"),
)
_IMPORT = re.compile(r"^import [^;]+;\n", re.MULTILINE)
_STAR = re.compile(r"^import \* as (\w+) from \"\./(\w+\.js)\";$", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)
_EXPORTED = re.compile(r"^export (?:const|let|class|function|async function) (\w+)", re.MULTILINE)


@lru_cache(maxsize=1)
def script() -> str:
    """All modules as one."""
    sources = {name: (_HERE / name).read_text("utf-8") for name in MODULES}
    parts = []
    for name, source in sources.items():
        spaces = "".join(
            f"const {alias} = {{ {', '.join(_EXPORTED.findall(sources[target]))} }};\n"
            for alias, target in _STAR.findall(source)
        )
        parts.append(f"// --- {name}\n{spaces}{_EXPORT.sub('', _IMPORT.sub('', source))}")
    return "\n".join(parts)


@lru_cache(maxsize=1)
def style() -> str:
    """The style sheet."""
    return (_HERE / "style.css").read_text("utf-8")
