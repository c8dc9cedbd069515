"""Headlines as keys and values: one rule in Python, put into words by whoever shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from deepfreq_core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Message:
    """What is seen, without words.

    Attributes:
        key: Which sentence, for example "rising>falling".
        values: What stands in its gaps, by name: texts and numbers ready to be read.
    """

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


def say(message: Message, sentences: Mapping[str, str]) -> str:
    """The message in words.

    Args:
        message: The message.
        sentences: By key, with gaps as {name}.

    Returns:
        The sentence with its gaps filled.

    Raises:
        ConfigError: There is no such sentence.
    """
    if message.key not in sentences:
        raise ConfigError(
            f"there is no sentence {message.key!r}. There are: {', '.join(sentences)}"
        )
    text = sentences[message.key]
    for name, value in message.values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
