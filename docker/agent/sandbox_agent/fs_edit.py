"""Edits of a text, forgiving about indentation, and what they change as a diff."""

from __future__ import annotations

import difflib
import re

from sandbox_agent.own_transport import ToolRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

CONTEXT = 4
RULE = "=" * 67
INDENT = re.compile(r"\s*")


def unix_lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def edited(text: str, old: str, new: str) -> str:
    """The first place of `old` replaced; where there is none, of the same lines but for the space around them."""
    old, new = unix_lines(old), unix_lines(new)
    if old in text:
        return text.replace(old, new, 1)
    wanted = [line.strip() for line in old.split("\n")]
    lines = text.split("\n")
    bare = [line.strip() for line in lines]
    for start in range(len(lines) - len(wanted) + 1):
        if bare[start] == wanted[0] and bare[start : start + len(wanted)] == wanted:
            lines[start : start + len(wanted)] = _indented(lines[start], old.split("\n"), new.split("\n"))
            return "\n".join(lines)
    raise ToolRefused(f"Could not find exact match for edit:\n{old}")


def _indented(first: str, old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The new lines, as deep as what they replace: their depth against each other stays."""
    indent = _indent(first)
    placed = [indent + new[0].lstrip()]
    for index, line in enumerate(new[1:], 1):
        before = _indent(old[index]) if index < len(old) else ""
        now = _indent(line)
        if before and now:
            line = indent + " " * max(0, len(now) - len(before)) + line.lstrip()
        placed.append(line)
    return placed


def _indent(line: str) -> str:
    found = INDENT.match(line)
    return found[0] if found else ""


def fenced_diff(path: str, old: str, new: str) -> str:
    """The change as a block of Markdown; the fence is longer than any in the text."""
    diff = f"Index: {path}\n{RULE}\n--- {path}\toriginal\n+++ {path}\tmodified\n{''.join(_hunks(old, new))}"
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", diff)), default=0))
    return f"{fence}diff\n{diff}{fence}\n\n"


def _hunks(old: str, new: str) -> list[str]:
    """Only what lies between the common beginning and end is compared: edits of long files are mostly short."""
    a, b = _lines(old), _lines(new)
    start = _common(a, b)
    end = min(_common(a[::-1], b[::-1]), len(a) - start, len(b) - start)
    matcher = difflib.SequenceMatcher(None, a[start : len(a) - end], b[start : len(b) - end])
    codes = [(tag, i + start, k + start, j + start, m + start) for tag, i, k, j, m in matcher.get_opcodes()]
    changes = [code for code in codes if code[0] != "equal"]
    groups: list[list[tuple[str, int, int, int, int]]] = []
    for change in changes:
        if groups and change[1] - groups[-1][-1][2] <= 2 * CONTEXT:
            groups[-1].append(change)
        else:
            groups.append([change])
    return [text for group in groups for text in _hunk(a, b, group)]


def _hunk(a: Sequence[str], b: Sequence[str], group: Sequence[tuple[str, int, int, int, int]]) -> list[str]:
    before = min(CONTEXT, group[0][1])
    after = min(CONTEXT, len(a) - group[-1][2])
    first, last = group[0][1] - before, group[-1][2] + after
    other_first, other_last = group[0][3] - before, group[-1][4] + after
    rows = [f"@@ -{_range(first, last)} +{_range(other_first, other_last)} @@\n"]
    position = first
    for _, i, k, j, m in group:
        rows += [_row(" ", line) for line in a[position:i]]
        rows += [_row("-", line) for line in a[i:k]]
        rows += [_row("+", line) for line in b[j:m]]
        position = k
    return rows + [_row(" ", line) for line in a[position:last]]


def _range(first: int, last: int) -> str:
    return f"{first + 1 if last > first else first},{last - first}"


def _row(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + parts[-1:] * bool(parts[-1])


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    count = 0
    for left, right in zip(a, b):
        if left != right:
            break
        count += 1
    return count
