"""What a model has to say while it is asked, for whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Notices:
    """Passes on what is told on any thread; who listens can be said later."""

    listener: Callable[[str], None] | None = None
    warned: Callable[[str], None] | None = None

    def tell(self, text: str) -> None:
        """Say how it goes on, in one line."""
        if self.listener is not None:
            self.listener(text)

    def warn(self, text: str) -> None:
        """Say in one line what the user did not expect, and may want to act on."""
        if self.warned is not None:
            self.warned(text)
