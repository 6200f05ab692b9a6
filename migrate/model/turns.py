"""Lets only so many calls through at a time, whatever number of threads makes them."""

from __future__ import annotations

from threading import BoundedSemaphore

from migrate.model.exchange import Answer, Model, Request


class Turns:
    """A model that is asked by a few callers at a time; the others wait for their turn."""

    def __init__(self, model: Model, most: int) -> None:
        self._model = model
        self._free = BoundedSemaphore(most)

    def ask(self, request: Request) -> Answer:
        """Answer one prompt when it is its turn. Raise what the model raises."""
        with self._free:
            return self._model.ask(request)
