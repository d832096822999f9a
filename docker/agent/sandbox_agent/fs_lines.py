"""The first or last lines of a file, without reading the rest of it."""

from __future__ import annotations

import codecs

from sandbox_agent.fs_edit import unix_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def head(pieces: Iterator[bytes], count: float) -> str:
    """Without the end of the last line."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = ""
    lines = 0
    for piece in pieces:
        more = decoder.decode(piece)
        text += more
        lines += more.count("\n")
        if lines >= count:
            break
    else:
        text += decoder.decode(b"", final=True)
    found = text.split("\n")
    if len(found) <= count and not found[-1]:
        found.pop()
    return "\n".join(found[: max(0, int(count))])


def tail(pieces_from_end: Iterator[bytes], count: float) -> str:
    """What stands behind the last line's end counts as a line, though it be empty."""
    number = int(count)
    if number <= 0:
        return ""
    blocks: list[bytes] = []
    ends = 0
    for data in pieces_from_end:
        blocks.append(data)
        ends += data.count(b"\n")
        if ends >= number:
            break
    text = unix_lines(b"".join(reversed(blocks)).decode("utf-8", "replace"))
    return "\n".join(text.split("\n")[-number:])
