"""Questions that are settled once for a result, whoever is asked when it is continued."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from migrate.errors import Exit, PromptTooLong, UserError
from migrate.model.asking import Asker
from migrate.model.exchange import Message, usability
from migrate.report.display import RunDisplay
from migrate.run.ledger import Ledger


@dataclass(frozen=True)
class Settling:
    """Asks what everything else depends on, and remembers what came back."""

    asker: Asker
    ledger: Ledger
    display: RunDisplay

    def ask(self, purpose: str, attempt: int, messages: tuple[Message, ...]) -> str:
        """Return the answer to a prompt, from an earlier stretch of the run too, by another model even.

        Raise UserError where there is none.
        """
        request = self.asker.address.request(purpose, attempt, messages)
        name = _name(purpose, attempt, messages)
        remembered = self.ledger.recall(name)
        if remembered is not None and self.asker.known(request) is None:
            return remembered
        self.display.asked(purpose, attempt)
        try:
            answer = self.asker.answer(request)
        except PromptTooLong as error:
            raise UserError(f"{error}; choose a model with a larger window", Exit.MODEL) from None
        finally:
            self.display.answered(purpose)
        unusable = usability(answer)
        if unusable is not None:
            raise UserError(f"the prompt for {purpose} has no answer: {unusable}", Exit.MODEL)
        self.ledger.remember(name, answer.text)
        return answer.text


def _name(purpose: str, attempt: int, messages: tuple[Message, ...]) -> str:
    text = json.dumps([asdict(each) for each in messages], sort_keys=True)
    return f"{purpose} {attempt} {hashlib.sha256(text.encode()).hexdigest()}"
