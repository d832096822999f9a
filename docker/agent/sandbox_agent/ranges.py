"""Range requests: one range of bytes; several at once are answered with the whole file, as the RFC allows."""

from __future__ import annotations

from sandbox_agent.errors import RangeNotSatisfiable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def requested_range(headers: Mapping[str, str], size: int, tag: str) -> tuple[int, int] | None:
    """First byte and the one after the last; None for the whole file."""
    unit, _, spec = headers.get("range", "").partition("=")
    if unit.strip().lower() != "bytes" or headers.get("if-range", tag) != tag:
        return None
    first, dash, last = (text.strip() for text in spec.partition("-"))
    if not dash or not all(text.isascii() and text.isdigit() for text in (first, last) if text) or not first + last:
        return None
    if not first:
        start, end = max(0, size - int(last[:18])), size
    else:
        start, end = int(first[:18]), min(size, int(last[:18]) + 1) if last else size
        if last and int(last[:18]) < start:
            return None
    if start >= size:
        raise RangeNotSatisfiable(size)
    return start, end
