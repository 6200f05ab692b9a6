"""What is said to a model and what comes back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Protocol, TypeAlias

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"

KEY_FORMAT = 1
"""Part of every key: a change of what a key covers changes this number."""

LONGEST_ANSWER = "max_completion_tokens"
"""The parameter that limits the tokens of an answer."""
_AROUND_A_MESSAGE = 16
_CUT_OFF = frozenset({"length", "max_tokens"})
_REFUSED = frozenset({"content_filter", "refusal"})


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt for one hole; `template` is the content hash of the prompt template."""

    hole: str
    attempt: int
    model: str
    base_url: str
    parameters: Mapping[str, JSON]
    messages: tuple[Message, ...]
    template: str

    @property
    def key(self) -> str:
        """Return the hash of everything that changes the answer."""
        return _digest({**self._prompt(), "base_url": self.base_url, "template": self.template})

    @property
    def prompt_key(self) -> str:
        """Return the hash of model, parameters and messages, which names a prompt wherever it was sent."""
        return _digest(self._prompt())

    @property
    def most_tokens_in(self) -> int:
        """The tokens that the prompt has at most: no tokeniser makes more of them than there are bytes."""
        return sum(len(message.content.encode()) + _AROUND_A_MESSAGE for message in self.messages)

    @property
    def most_tokens_out(self) -> int:
        """The tokens that its answer has at most; 0 where it sets no limit."""
        limit = self.parameters.get(LONGEST_ANSWER)
        return limit if isinstance(limit, int) else 0

    def _prompt(self) -> dict[str, JSON]:
        return {
            "format": KEY_FORMAT,
            "model": self.model,
            "parameters": self.parameters,
            "messages": [asdict(message) for message in self.messages],
        }


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of one exchange as the provider counted them; `tokens_in` includes `tokens_cached`.

    All are 0 where the endpoint reports no usage.
    """

    tokens_in: int
    tokens_cached: int
    tokens_out: int

    @property
    def is_reported(self) -> bool:
        """Whether the endpoint said anything."""
        return self.tokens_in > 0 or self.tokens_out > 0


class Replayed(Enum):
    """Where an answer comes from."""

    no = "asked now"
    exact = "recorded for this prompt"
    earlier_prompt = "recorded for an earlier prompt"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said; `seconds` is the time of the successful call alone, or of the batch that it came in.

    A refusal has the finish reason `refusal` and the model's explanation, if any, as its text.
    """

    text: str
    finish_reason: str
    usage: Usage
    model: str
    seconds: float
    replayed: Replayed


class Model(Protocol):
    """Whatever answers prompts; used from several threads at once."""

    def ask(self, request: Request) -> Answer:
        """Answer one prompt. Raise ModelUnusable or PromptTooLong when that is impossible."""
        ...


def usability(answer: Answer) -> str | None:
    """Return why an answer cannot be judged at all, or None when it can."""
    if answer.finish_reason in _REFUSED:
        reason = _first_line(answer.text)
        return f"the model refused to answer: {reason}" if reason else "the model refused to answer"
    if cut := cut_off(answer):
        return f"the answer was {cut}"
    if answer.finish_reason == "error":
        return "the provider broke the answer off"
    return None if answer.text.strip() else "the answer is empty"


def cut_off(answer: Answer) -> str:
    """Return where an answer was cut off, or nothing when it was not."""
    if answer.finish_reason not in _CUT_OFF:
        return ""
    return f"cut off at the limit of its length, after {answer.usage.tokens_out} tokens"


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:200]


def _digest(value: JSON) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
