"""What a run was made with: what differs from its preset, all of it in a fold, back to the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from deepfreq_core import config as configs
from deepfreq_core.chapters import catalogue
from deepfreq_core.config import RunConfig
from deepfreq_core.experiments import reading
from deepfreq_core.runs.state import Run
from deepfreq_core.ui import act, controls, fields, url_state
from deepfreq_core.ui.fields import Field, in_words
from deepfreq_core.ui.texts import plain

_MOST_NAMED = 4  # differences in the line under the title; all are marked in the fold
_LONGEST_TITLE = 100
_GO = "settings.go"


def title(config: RunConfig | None, preset: str) -> str:
    """Title of a run with these settings: the preset's where nothing was changed, else its gist."""
    base = catalogue.preset(preset)
    if config is None or config == base.config:
        return base.title
    net, data = getattr(config, "net", None), getattr(config, "data", None)
    if isinstance(net, configs.MlpConfig) and data is not None:
        width = "-".join(map(str, net.widths)) if net.widths else f"{net.depth} × {net.width}"
        gist = f"{width} {in_words(net.activation)}, {in_words(net.init.name)}"
        return f"{in_words(data.name)}, {gist}"
    if net is not None and data is not None:
        return f"{in_words(data.name)}, {in_words(net.name)}"
    field = changed(config, base.config)[0]
    word = _word(field, configs.to_dict(config))
    return f"{base.title}, {field.label[0].lower()}{field.label[1:]} {word}"[:_LONGEST_TITLE]


def line(config: RunConfig, preset: str | None, but: Mapping[str, str] | None = None) -> str:
    """What differs from the preset, as one line of Markdown.

    Args:
        config: The settings.
        preset: Slug of the preset they started from; None, or one that is gone, is compared with
            the form's first.
        but: Settings that have several values, in words, by path; they are not differences.
    """
    base = _base(preset, config)
    if base.config.experiment != config.experiment:
        return "Started from no preset"
    ours, theirs = configs.to_dict(config), configs.to_dict(base.config)
    found = [
        f"{field.label[0].lower()}{field.label[1:]} {_word(field, ours)}"
        f" instead of {_word(field, theirs)}"
        for field in changed(config, base.config)
        if field.path not in (but or {})
    ]
    begins = "Preset" if preset == base.slug else "Compared with the preset"
    if not found:
        return f"{begins} “{plain(base.title)}”, unchanged"
    named = plain(", ".join(found[:_MOST_NAMED]))
    n_more = len(found) - _MOST_NAMED
    more = f" and {n_more} more" if n_more > 0 else ""
    return f"{begins} “{plain(base.title)}” with {named}{more}"


def look(preset: str | None) -> str:
    """What the preset says is to be looked at; empty where it says nothing, or is gone."""
    found = catalogue.presets().get(preset or "")
    return found.look if found else ""


def changed(config: RunConfig, base: RunConfig) -> list[Field]:
    """The settings that differ; what belongs to another kind of part only where it was chosen.

    Of two experiments none: they cannot be compared.
    """
    if config.experiment != base.experiment:
        return []
    query = url_state.encode(config, "", base, None, fields.paths())
    return [field for field in fields.fields(configs.to_dict(config)) if field.path in query]


def table(config: RunConfig, preset: str | None, varied: Mapping[str, str] | None = None) -> None:
    """All settings, those that differ from the preset in bold with the preset's.

    Args:
        config: The settings.
        preset: Slug of the preset they started from.
        varied: Settings that have several values, in words, by path.
    """
    base = _base(preset, config).config
    ours, theirs = configs.to_dict(config), configs.to_dict(base)
    differs = {field.path for field in changed(config, base)} - set(varied or {})
    rows = []
    for field in fields.fields(ours):
        value = plain((varied or {}).get(field.path) or _word(field, ours))
        if field.path in differs:
            rows.append(f"| {field.label} | **{value}** | {plain(_word(field, theirs))} |")
        else:
            rows.append(f"| {field.label} | {value} | |")
    st.markdown("\n".join(["| Setting | Value | Preset |", "|---|---|---|", *rows]))


def fold(run: Run, *, key: str) -> None:
    """All settings of a run and what it ran on, in a fold, with the ways back to the form."""
    with st.popover("Settings", key=f"{key}.settings", width="content"):
        if run.config.is_launchable:
            with st.container(horizontal=True, gap="small"):
                act.button("Use these settings", lambda: _use(run, 0, key), key=f"{key}.use")
                act.button(
                    "Again with another seed", lambda: _use(run, 1, key), key=f"{key}.reseed"
                )
            st.caption("Both fill the form in the Lab; nothing is launched yet.")
        table(run.config, run.preset)
        st.caption(_ran_on(run.facts))
    if st.session_state.pop(_GO, False):
        st.switch_page("pages/live.py")


def fill_lab(run: Run, config: RunConfig, *, key: str) -> None:
    """Fill the form in the Lab and show the run beside it; nothing is launched yet.

    Args:
        run: The run.
        config: What the form is to hold.
        key: Session key of the run's view; elsewhere than in the Lab, "lab", `fold` goes there.
    """
    controls.want(config, _base(run.preset, config).slug)
    st.session_state[controls.RUN] = run.id
    st.session_state[_GO] = key != "lab"


def _use(run: Run, n_on: int, key: str) -> None:
    """Fill the form with the settings of the run, from the next seeds where n_on is 1."""
    config = run.config
    n_seeds = getattr(config, "n_seeds", 1)  # of experiments that take several at once
    seed = config.seed + n_on * n_seeds
    if seed + n_seeds > 2**31:
        seed = 0
    fill_lab(run, reading.override(config, [f"seed={seed}"]), key=key)


def _base(preset: str | None, config: RunConfig) -> catalogue.Preset:
    """The preset to compare with; the first of the same experiment where it is unknown."""
    presets = catalogue.presets()
    alike = {
        slug: one for slug, one in presets.items() if one.config.experiment == config.experiment
    }
    first = next(iter(alike.values()), presets[controls.DEFAULT_PRESET])
    return alike.get(preset or "", alike.get(controls.DEFAULT_PRESET, first))


def _word(field: Field, plain: Mapping[str, Any]) -> str:
    value = configs.lookup(plain, field.path)
    if value is configs.ABSENT:
        return "nothing of the kind"
    return field.word(value)


def _ran_on(facts: Mapping[str, Any]) -> str:
    """Device and versions, from the facts that a run tells with its first measurement."""
    if not facts:
        return "Device and versions are known once it has measured."
    name = facts.get("device_name") or facts.get("device") or "unknown"
    parts = [f"Ran on {name}"]
    if "threads" in facts:
        parts.append(f"{facts['threads']} threads")
    if "backend" in facts:
        parts.append(f"filter on {facts['backend']}")
    versions = facts.get("versions") or {}
    parts += [f"{what} {version}" for what, version in versions.items()]
    return plain(", ".join(map(str, parts)))
