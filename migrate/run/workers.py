"""Threads that do the waiting: models and compilers. They never keep the process from ending."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Event = TypeVar("Event")


class Workers(Generic[Event]):
    """Runs tasks on daemon threads and puts what they return, in order of completion, into a queue."""

    def __init__(self, count: int, events: queue.SimpleQueue[Event]) -> None:
        self._tasks: queue.SimpleQueue[Callable[[], Event]] = queue.SimpleQueue()
        self._events = events
        for _ in range(count):
            threading.Thread(target=self._work, daemon=True).start()

    def submit(self, task: Callable[[], Event]) -> None:
        """Run a task as soon as a thread is free. A task turns its own failures into events."""
        self._tasks.put(task)

    def _work(self) -> None:
        while True:
            self._events.put(self._tasks.get()())
