"""The form of a sweep: what varies, what is looked at, what it will cost; the start.

Session keys: `sweep.<name>` for each widget, with the preset's slug behind it where it depends on
that; `sweep.wanted` for what the form is to hold when it is drawn next.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from deepfreq_core.chapters import catalogue
from deepfreq_core.chapters.catalogue import Preset
from deepfreq_core.config import RunConfig
from deepfreq_core.experiments import catalogue as experiments
from deepfreq_core.experiments import reading
from deepfreq_core.studies import outcomes, sweep_plan
from deepfreq_core.studies.outcomes import SPEED
from deepfreq_core.ui import sweep_address, sweep_axes
from deepfreq_core.ui.sweep_address import MOST_SEEDS, Asked

BASE = "cosines"  # the paper's
SEEDS = 6
_NONE = ""
_STOP, _EPOCHS = "training.stop_loss", "training.epochs"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the form holds.

    Attributes:
        slug: The preset.
        base: Its settings, with where runs end.
        varied: Settings that vary with their values as they were chosen, the slowest first.
        n_seeds: Runs of each combination.
        outcome: What is looked at, by its whole name.
    """

    slug: str
    base: RunConfig
    varied: tuple[tuple[str, tuple[str, ...]], ...]
    n_seeds: int
    outcome: str

    @property
    def is_depth(self) -> bool:
        """Whether depth varies until a loss is reached: its chapter then says what comes of it."""
        paths = [path for path, _ in self.varied]
        return (
            self.outcome == SPEED
            and sweep_plan.can_sweep(self.base)
            and sweep_plan.is_depth(self.base, paths[0])
            and not {_STOP, _EPOCHS} & set(paths)
        )


def presets() -> dict[str, Preset]:
    """Presets to start from: those whose depth can vary, the quickest first, then the others."""
    return catalogue.sweepable() | {
        slug: one
        for slug, one in catalogue.presets().items()
        if slug not in catalogue.sweepable() and sweep_axes.labels(one.config)
    }


def want(asked: Asked) -> None:
    """Let the form hold this when it is drawn next."""
    st.session_state["sweep.wanted"] = asked


def is_wanted() -> bool:
    """Whether it is to hold something else than it was drawn with."""
    return "sweep.wanted" in st.session_state


def show() -> Choice:
    """Draw the form; the address bar fills it once, and follows it from then on."""
    bases = presets()
    _take_link(bases)
    if (wanted := st.session_state.pop("sweep.wanted", None)) is not None:
        _fill(wanted)
    slug = st.selectbox(
        "Start from",
        list(bases),
        index=list(bases).index(BASE),
        key="sweep.base",
        format_func=lambda slug: bases[slug].title,
        help="All settings that do not vary; the quickest come first.",
        persist_state="session",
    )
    base = bases[slug].config
    labels = sweep_axes.labels(base)
    first = _setting("Vary", labels, f"sweep.vary.{slug}", "Runs along the chart's axis.")
    varied = [(first, _values(base, slug, first, is_second=False))]
    others = {_NONE: "nothing else"} | {p: label for p, label in labels.items() if p != first}
    second = _setting(
        "Also vary", others, f"sweep.also.{slug}", "Crossed with the first; one line a value."
    )
    if second:
        varied.append((second, _values(base, slug, second, is_second=True)))
    outcome = _outcome(base, slug)
    n_seeds = st.number_input(
        "Seeds",
        1,
        MOST_SEEDS,
        SEEDS,
        key="sweep.seeds",
        help="Runs of each combination. Six are the fewest that can show an order to be more than "
        "chance.",
        persist_state="session",
    )
    ended = _ends(base, slug, outcome, [path for path, _ in varied])
    choice = Choice(slug, ended, tuple(varied), n_seeds, outcome)
    _write_link(choice, base)
    return choice


def _setting(title: str, options: dict[str, str], key: str, help: str) -> str:
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)
    found: str = st.selectbox(
        title,
        list(options),
        key=key,
        format_func=lambda path: options.get(path, path),
        help=help,
        persist_state="session",
    )
    return found


def _values(base: RunConfig, slug: str, path: str, *, is_second: bool) -> tuple[str, ...]:
    proposed = sweep_axes.proposal(base, path, is_second=is_second)
    key = f"sweep.values.{slug}.{path}"
    there = st.session_state.get(key, [])
    found = st.multiselect(
        f"Values of {sweep_axes.name(path, base)}" if is_second else "Values",
        list(dict.fromkeys([*proposed.values, *there])),
        default=proposed.chosen,
        key=key,
        format_func=lambda text: sweep_axes.in_words(base, path, text),
        accept_new_options=proposed.is_open,
        help="Type another number to add it." if proposed.is_open else None,
        persist_state="session",
    )
    return tuple(part.strip() for text in found for part in text.split(",") if part.strip())


def _outcome(base: RunConfig, slug: str) -> str:
    schema = experiments.reader(base).schema.outcomes
    declared = list(outcomes.names(base).values())
    usual = default_outcome(base)
    found: str = st.selectbox(
        "Outcome",
        declared,
        index=declared.index(usual),
        key=f"sweep.outcome.{slug}",
        format_func=lambda name: schema[name].long_name,
        help="What is drawn against the setting. Every other one can be looked at afterwards, from "
        "the same runs.",
        persist_state="session",
    )
    return found


def default_outcome(base: RunConfig) -> str:
    """Epochs to the target loss where runs have such a thing, else what `outcomes.usual` says."""
    return SPEED if SPEED in outcomes.names(base) else outcomes.usual(base)


def _ends(base: RunConfig, slug: str, outcome: str, paths: Iterable[str]) -> RunConfig:
    """The settings with where runs end; folded away, because each has a default."""
    if not sweep_plan.has_network(base):
        return base
    is_speed = outcome == SPEED
    usual, most = sweep_plan.ends(base, is_speed=is_speed)
    keys = end_keys(slug, is_speed=is_speed)
    changes = []
    with st.expander("When a run ends", type="compact"):
        if _STOP not in paths:
            target = st.number_input(
                "Target loss",
                min_value=1e-6,
                value=usual,
                step=1e-3,
                format="%g",
                placeholder="none",
                key=keys[0],
                help="A run ends when its training loss is below this: speed is the number of "
                "epochs until then. Empty lets every run have all its epochs.",
                persist_state="session",
            )
            changes.append(f"{_STOP}={'null' if target is None else target}")
        if _EPOCHS not in paths:
            epochs = st.number_input(
                "Epochs at most",
                1,
                1_000_000,
                most,
                key=keys[1],
                help="A run that has not reached the target by then never does.",
                persist_state="session",
            )
            changes.append(f"{_EPOCHS}={epochs}")
    return reading.override(base, changes)


def end_keys(slug: str, *, is_speed: bool) -> tuple[str, str]:
    """Session keys of the target loss and of the epochs, which have other defaults for speed."""
    kind = "" if is_speed else "any."
    return f"sweep.target.{kind}{slug}", f"sweep.epochs.{kind}{slug}"


def _take_link(bases: dict[str, Preset]) -> None:
    if st.session_state.setdefault("sweep.is_linked", False):
        return
    st.session_state["sweep.is_linked"] = True
    configs = {slug: one.config for slug, one in bases.items()}
    asked = sweep_address.decode(st.query_params.to_dict(), configs, BASE)
    for notice in asked.notices:
        st.toast(notice, icon=":material/link_off:", duration=20)
    if not is_wanted():
        want(asked)


def _fill(asked: Asked) -> None:
    """Put what is asked into the session keys of the widgets."""
    state, bases = st.session_state, presets()
    slug = asked.preset or state.get("sweep.base", BASE)
    base = bases[slug].config
    first = asked.vary or next(iter(sweep_axes.labels(base)))
    is_speed = (asked.wanted or default_outcome(base)) == SPEED
    keys = end_keys(slug, is_speed=is_speed)
    target = None if asked.target is None or math.isinf(asked.target) else asked.target
    values: dict[str, tuple[bool, object]] = {
        "sweep.base": (asked.preset is not None, slug),
        f"sweep.vary.{slug}": (asked.vary is not None, first),
        f"sweep.values.{slug}.{first}": (asked.values is not None, list(asked.values or ())),
        f"sweep.also.{slug}": (asked.also is not None, asked.also),
        f"sweep.values.{slug}.{asked.also}": (
            asked.also_values is not None,
            list(asked.also_values or ()),
        ),
        f"sweep.outcome.{slug}": (asked.wanted is not None, asked.wanted),
        "sweep.seeds": (asked.seeds is not None, asked.seeds),
        keys[0]: (asked.target is not None, target),
        keys[1]: (asked.epochs is not None, asked.epochs),
    }
    for key, (is_given, value) in values.items():
        if is_given:
            state[key] = value


def _write_link(choice: Choice, base: RunConfig) -> None:
    """Let the address bar hold what differs from what the form holds by itself."""
    (first, values), *rest = choice.varied
    also, also_values = rest[0] if rest else (None, ())
    is_speed = choice.outcome == SPEED
    usual = sweep_plan.ends(base, is_speed=is_speed)
    training = getattr(choice.base, "training", None)
    stop, epochs = (training.stop_loss, training.epochs) if training else (None, None)
    paths = [path for path, _ in choice.varied]
    shown = Asked(
        preset=None if choice.slug == BASE else choice.slug,
        vary=None if first == next(iter(sweep_axes.labels(base))) else first,
        values=_unless(values, sweep_axes.proposal(base, first).chosen),
        also=also,
        also_values=_unless(
            also_values, sweep_axes.proposal(base, also, is_second=True).chosen if also else ()
        ),
        seeds=None if choice.n_seeds == SEEDS else choice.n_seeds,
        target=None if _STOP in paths or stop == usual[0] else stop or math.inf,
        epochs=None if _EPOCHS in paths or epochs == usual[1] else epochs,
        wanted=None if choice.outcome == default_outcome(base) else choice.outcome,
    )
    query = sweep_address.encode(shown)
    for name in sweep_address.NAMES:
        if name not in query:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != query[name]:
            st.query_params[name] = query[name]


def _unless(values: tuple[str, ...], usual: tuple[str, ...]) -> tuple[str, ...] | None:
    return None if values == usual else values
