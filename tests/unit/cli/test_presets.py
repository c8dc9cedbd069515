"""`presets`: every one of them can be listed, shown and run from what is shown."""

import json

from deepfreq_core.chapters import catalogue
from deepfreq_core.cli import main
from deepfreq_core.cli.run import read_config
from deepfreq_core.experiments import reading


def test_the_list_names_each(capsys):
    assert main(["presets"]) == 0
    out = capsys.readouterr().out
    for slug, preset in catalogue.presets().items():
        assert slug in out
        assert preset.title in out


def test_json(capsys):
    assert main(["presets", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["presets"]
    assert [preset["slug"] for preset in listed] == list(catalogue.presets())
    for preset in listed:
        expected = catalogue.preset(preset["slug"]).config
        assert reading.from_dict(preset["config"]) == expected
        assert tuple(preset["paper"]) == catalogue.preset(preset["slug"]).paper


def test_what_show_prints_can_be_run(capsys, tmp_path):
    assert main(["presets", "show", "digits-demo", "--json"]) == 0
    path = tmp_path / "mine.json"
    path.write_text(capsys.readouterr().out)
    assert read_config(str(path)) == (catalogue.preset("digits-demo").config, None)


def test_show_tells_the_story(capsys):
    assert main(["presets", "show", "digits-demo"]) == 0
    out = capsys.readouterr().out
    assert catalogue.preset("digits-demo").summary in out
    assert '"experiment": "train"' in out
    assert "The paper's: net.name, net.depth, net.activation" in out
