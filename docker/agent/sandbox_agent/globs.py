"""Patterns for paths, as callers write them: `*`, `?`, `[a-z]` and `{a,b}` within a name, `**` over folders.

Each name is matched by itself, so that no pattern takes more than a moment, whatever it is held against.
"""

from __future__ import annotations

import fnmatch
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ALTERNATIVES = 1000
INNER_BRACES = re.compile(r"(?<!\\)\{([^{}]*,[^{}]*)\}")


class Glob:
    """Hidden names are names like others."""

    def __init__(self, pattern: str) -> None:
        self._never = pattern.startswith("#")  # a comment
        bare = pattern.lstrip("!")
        self._negated = (len(pattern) - len(bare)) % 2 == 1
        self._choices = [[_segment(part) for part in text.split("/")] for text in _alternatives(bare)]

    def matches(self, names: Sequence[str]) -> bool:
        """Whether a path, given by its names, is meant."""
        if self._never:
            return False
        return any(_match(choice, names) for choice in self._choices) != self._negated


def _alternatives(pattern: str) -> list[str]:
    """The pattern once for each choice that its braces leave, from the inside out."""
    done: list[str] = []
    pending = [pattern]
    while pending and len(done) + len(pending) <= MAX_ALTERNATIVES:
        text = pending.pop()
        found = INNER_BRACES.search(text)
        if found is None:
            done.append(text)
        else:
            pending += [text[: found.start()] + choice + text[found.end() :] for choice in found[1].split(",")]
    return done + pending


def _segment(text: str) -> re.Pattern[str] | None:
    """None is for `**`."""
    if text == "**":
        return None
    text = re.sub(r"\\(.)", r"[\1]", text).replace("[^", "[!")
    return re.compile(fnmatch.translate(re.sub(r"\*+", "*", text)))


def _match(segments: Sequence[re.Pattern[str] | None], names: Sequence[str]) -> bool:
    """Which beginnings of the path are matched is carried from segment to segment."""
    reached = {0}
    for index, segment in enumerate(segments):
        if segment is None:
            first = min(reached) + (1 if index == len(segments) - 1 else 0)
            reached = set(range(first, len(names) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(names) and segment.match(names[at])}
        if not reached:
            return False
    return len(names) in reached
