"""The browser part: one module made of many, without name clashes and without HTML from data."""

import re

import pytest

from deepfreq_core.ui.live_chart import assemble

SOURCES = {name: (assemble._HERE / name).read_text("utf-8") for name in assemble.MODULES}


def test_every_module_is_there_once():
    assert {path.name for path in assemble._HERE.glob("*.js")} == set(assemble.MODULES)


def test_each_imports_only_what_stands_before_it():
    for place, name in enumerate(assemble.MODULES):
        for target in re.findall(r'from "\./(\w+\.js)"', SOURCES[name]):
            assert target in assemble.MODULES[:place], f"{name} imports {target}"


def test_what_is_imported_is_exported():
    for name, source in SOURCES.items():
        for names, target in re.findall(r'import \{ ([^}]+) \} from "\./(\w+\.js)"', source):
            for one in names.split(", "):
                assert re.search(rf"^export .*\b{one}\b", SOURCES[target], re.M), f"{name}: {one}"


def test_top_level_names_are_unique():
    names = re.findall(
        r"^(?:export )?(?:default )?(?:async )?(?:const|let|class|function) (\w+)",
        "\n".join(SOURCES.values()),
        re.MULTILINE,
    )
    assert len(names) == len(set(names)), sorted(n for n in names if names.count(n) > 1)


def test_one_module_with_one_default_export():
    script = assemble.script()
    assert script.count("export ") == 1 and "export default function" in script
    assert not re.search(r"^import ", script, re.MULTILINE)


@pytest.mark.parametrize("name", assemble.MODULES)
def test_text_never_becomes_html_or_code(name):
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
    ):
        assert way not in SOURCES[name]
