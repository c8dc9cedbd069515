"""The form of the lab, as a visitor sees it: groups in order, labels, help, steps, choices.

What is added later is let pass: what was there must look and stand as it did.
"""

from deepfreq_core import config as configs
from deepfreq_core.chapters import catalogue
from deepfreq_core.experiments import reading
from deepfreq_core.ui import fields, widgets
from tests.golden.differences import check
from tests.golden.kept import is_renewed, kept

NAME = "form.json.gz"

# Kinds of parts that no preset chooses, each as a change of the form's first preset.
OTHERS = (
    *("net.init.name=normal", "net.init.name=power", "net.init.name=orthogonal"),
    *("net.name=cnn", "net.name=vgg16", "net.name=vit", "net.name=resnet"),
    *("data.name=cosines", "data.name=cifar10", "training.optimizer.name=sgd"),
    *("training.schedule.name=step", "training.freeze.name=precondition"),
)


def configs_shown():
    """Every preset, and every kind of part, in words and settings."""
    for slug, preset in catalogue.presets().items():
        yield slug, preset.config
    for assignment in OTHERS:
        first = catalogue.preset("digits-demo").config
        yield assignment, reading.override(first, [assignment])
    random = reading.from_dict({"experiment": "decay", "data": {"name": "random_points"}})
    yield "data.name=random_points", random


def test_the_form_is_as_it_was():
    seen = {name: form(config) for name, config in configs_shown()}
    if not is_renewed():
        golden = kept(NAME, seen)
        seen = {name: without_new(seen[name], form) for name, form in golden.items()}
    check(NAME, seen)


def without_new(seen, golden):
    """A form with only the settings and choices that its golden has, wherever they stand now."""
    known = {field["path"]: field for group in golden.values() for field in group}
    return {
        title: found
        for title, group in seen.items()
        if (found := [_less(field, known) for field in group if field["path"] in known])
    }


def _less(field, known):
    choices = known[field["path"]]["choices"]
    return field | {"choices": {k: v for k, v in field["choices"].items() if k in choices}}


def form(config):
    """Title of each group of the form, and its settings from top to bottom."""
    plain = configs.to_dict(config)
    found = fields.fields(plain)
    titles = {fields.MAIN: "in sight", **fields.groups(found)}
    return {
        title: [shown(field) for field in found if field.group == group]
        for group, title in titles.items()
    }


def shown(field):
    return {
        "path": field.path,
        "label": field.label,
        "help": field.help,
        "step": field.step,
        "empty": field.empty,
        "choices": {str(option): field.word(option) for option in widgets.options(field)},
    }
