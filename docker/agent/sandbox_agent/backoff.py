"""When to try again what failed: soon after the first failure, later after each further one."""

from __future__ import annotations

import random
import time

FIRST = 1.0
LONGEST = 60.0
STEADY = 60.0  # seconds after which what was begun counts as good


class Backoff:
    def __init__(self) -> None:
        self.failures = 0  # in a row
        self.last_failure: str | None = None
        self.next_try = 0.0  # on the monotonic clock
        self._began: float | None = None

    def begun(self) -> None:
        self._began = time.monotonic()

    def failed(self, reason: str) -> None:
        now = time.monotonic()
        if self._began is not None and now - self._began >= STEADY:
            self.failures = 0
        self._began = None
        self.failures += 1
        self.last_failure = reason
        # Half of it by chance: servers that died together do not come back together.
        longest = min(LONGEST, FIRST * 2.0 ** min(self.failures - 1, 16))
        self.next_try = now + longest * random.uniform(0.5, 1.0)

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.next_try - time.monotonic())
