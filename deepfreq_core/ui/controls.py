"""The form of the lab: five settings in sight, the rest folded, checked as a whole.

Session keys: `lab.<path>` for each widget, `lab.plain` for the last settings (widgets of a page
that is left are forgotten by Streamlit), `lab.preset` for where they came from, `lab.wanted` for
settings that another part of the dashboard wants in the form.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from deepfreq_core import config as configs
from deepfreq_core.chapters import catalogue
from deepfreq_core.config import RunConfig
from deepfreq_core.data import places
from deepfreq_core.data.places import Place
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading
from deepfreq_core.ui import parts, texts, widgets
from deepfreq_core.ui.fields import MAIN, Field, fields, groups, paths

DEFAULT_PRESET = "digits-demo"
RUN = "lab.run"  # session key of the id of the run beside the form
_SUBJECT = re.compile(r"[\w.]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the form holds.

    Attributes:
        config: The settings, or None where they cannot be run.
        preset: Slug of the preset they started from.
        slot: Place right under the five settings, for the launch button.
    """

    config: RunConfig | None
    preset: str
    slot: DeltaGenerator


def seed(config: RunConfig, preset: str) -> None:
    """Fill the form with these settings."""
    st.session_state["lab.preset"] = st.session_state["lab.start"] = preset
    _fill(configs.to_dict(config))


def want(config: RunConfig, preset: str) -> None:
    """Let the form hold these settings when it is drawn next, whatever page asks."""
    st.session_state["lab.wanted"] = (config, preset)


def is_seeded() -> bool:
    """Whether the form holds settings already."""
    return "lab.plain" in st.session_state


def lab() -> Choice:
    """Draw the form and check what it holds; errors stand under the setting they name."""
    if (wanted := st.session_state.pop("lab.wanted", None)) is not None:
        seed(*wanted)
    _preset_chooser()
    slots: dict[str, DeltaGenerator] = {}
    plain = copy.deepcopy(st.session_state["lab.plain"])
    problems: list[ConfigError] = []
    for field in _of(MAIN, plain):
        _draw(field, plain, slots, problems)
    slot = st.container()
    for group, title in groups(fields(plain)).items():
        with st.expander(title, type="compact"):
            for field in _of(group, plain):
                _draw(field, plain, slots, problems)
    st.session_state["lab.plain"] = plain
    config = None
    try:
        if problems:
            raise problems[0]
        config = _launchable(reading.from_dict(plain))
    except ConfigError as error:
        _explain(str(error), slots, slot)
    return Choice(config=config, preset=st.session_state["lab.preset"], slot=slot)


def _launchable(config: RunConfig) -> RunConfig:
    """The config again.

    Raises:
        ConfigError: Only a program of somebody's own can run it.
    """
    if not config.is_launchable:
        raise ConfigError(
            "These are settings of a run that a program of its own has made. Choose a preset to "
            "launch one from here"
        )
    return config


def shown(choice: Choice) -> RunConfig:
    """The settings whose charts are shown: the form's, or its preset's where they cannot be run."""
    return choice.config or catalogue.preset(choice.preset).config


def _preset_chooser() -> None:
    chapters = catalogue.presets_by_chapter()
    chosen = catalogue.preset(st.session_state["lab.preset"])
    presets = chapters[chosen.chapter]
    st.session_state["lab.chapter"] = chosen.chapter
    if st.session_state.get("lab.start") not in presets:
        st.session_state["lab.start"] = chosen.slug
    st.selectbox(
        "Chapter",
        list(chapters),
        key="lab.chapter",
        on_change=_take_chapter,
        help="Each has presets of its own, in the order of its story.",
    )
    st.selectbox(
        "Start from",
        list(presets),
        key="lab.start",
        format_func=lambda slug: presets[slug].title if slug in presets else slug,
        on_change=_take_preset,
        help="Fills all settings below; change what you like afterwards.",
    )
    # The line of a selection is cut where it is longer than the sidebar is wide.
    st.caption(f"**{texts.plain(chosen.title)}** {texts.plain(chosen.look)}")
    with st.expander("What this shows", type="compact"):
        st.write(chosen.summary)
        st.caption(chosen.source)


def _of(group: str, plain: dict[str, Any]) -> list[Field]:
    paper = catalogue.preset(st.session_state["lab.preset"]).paper_values(plain)
    return [field for field in fields(plain, paper) if field.group == group]


def _draw(
    field: Field,
    plain: dict[str, Any],
    slots: dict[str, DeltaGenerator],
    problems: list[ConfigError],
) -> None:
    key = f"lab.{field.path}"
    given = widgets.options(field)
    # A browser sends back what an option was called, and data that arrived meanwhile has lost its
    # mark: what is no option is no choice.
    if key not in st.session_state or (given and st.session_state[key] not in given):
        st.session_state[key] = widgets.to_widget(field, configs.lookup(plain, field.path))
    value = widgets.draw(field, key, _take_kind)
    # "training.optimizer.name" is the optimiser's slot, "training.epochs" that of the epochs.
    slots[field.path.removesuffix(".name").rpartition(".")[2]] = st.container()
    _say_where_from(widgets.place(field, str(value)), str(value))
    try:
        _put(plain, field.path, widgets.to_plain(field, value))
    except ConfigError as error:
        problems.append(error)


def _say_where_from(place: Place, name: str) -> None:
    match place:
        case Place.DOWNLOAD:
            st.caption("Not on this machine yet: the first run downloads it.")
        case Place.OUT_OF_REACH:
            st.caption(
                "Not on this machine, and its last download failed. Put its files into "
                f"`{places.folder(name)}`, or launch with a network."
            )


def _put(plain: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    inside = plain
    for parent in parents:
        inside = inside[parent]
    if last == "name" and inside.get("name") != value:
        parts.replace(plain, path, value)
    else:
        inside[last] = value


def _explain(text: str, slots: dict[str, DeltaGenerator], slot: DeltaGenerator) -> None:
    """Say why it cannot be launched: under the setting that is named, and at the button."""
    for sentence in text.split(" | "):
        # "training.epochs is …" and "batch_size is 256 and …" begin with what they are about.
        subject = _SUBJECT.match(sentence)
        name = subject[0].removesuffix(".name").rpartition(".")[2] if subject else ""
        if name in slots:
            slots[name].error(sentence)
        slot.error(sentence, icon=":material/block:")


def _take_preset() -> None:
    # What another chapter's list held is no choice any more.
    slug = st.session_state["lab.start"]
    if slug in catalogue.presets():
        seed(catalogue.preset(slug).config, slug)


def _take_chapter() -> None:
    """Another chapter starts with its first preset."""
    presets = catalogue.presets_by_chapter().get(st.session_state["lab.chapter"])
    if presets:
        slug = next(iter(presets))
        seed(presets[slug].config, slug)


def _take_kind(path: str) -> None:
    """Another kind of part was chosen: its details start from that kind's defaults."""
    plain = st.session_state["lab.plain"]
    if st.session_state[f"lab.{path}"] not in parts.kinds(path.removesuffix(".name"), plain):
        return
    parts.replace(plain, path, st.session_state[f"lab.{path}"])
    _fill(plain)


def _fill(plain: dict[str, Any]) -> None:
    st.session_state["lab.plain"] = plain
    for path in paths():
        st.session_state.pop(f"lab.{path}", None)
    for field in fields(plain):
        value = configs.lookup(plain, field.path)
        st.session_state[f"lab.{field.path}"] = widgets.to_widget(field, value)
