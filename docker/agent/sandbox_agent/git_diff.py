"""Reads `git diff --patch-with-raw -z`: the raw list names the files exactly, the patches follow in its order."""

from __future__ import annotations

import re

HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
OBJECT_ID = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?\0")
SECTION = b"diff --git "


def parse_diffs(data: bytes) -> dict[str, str]:
    """Path -> unified diff, as two `---`/`+++` lines and hunks without what git adds to them."""
    return _Parser(data).diffs()


def parse_commit_diffs(data: bytes) -> dict[str, dict[str, str]]:
    """Commit -> its diffs, from `git diff-tree --stdin`."""
    parser = _Parser(data)
    found = {}
    while (commit := parser.commit()) is not None:
        found[commit] = parser.diffs()
    return found


class _Parser:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def commit(self) -> str | None:
        found = OBJECT_ID.match(self._data, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found[0][:-1].decode("ascii")

    def diffs(self) -> dict[str, str]:
        paths = iter(self._raw_list())
        diffs: dict[str, str] = {}
        header, path = b"", ""
        while self._data.startswith(SECTION, self._at):
            line = self._line()
            if line != header:  # a file that became a link has two sections: gone, and new
                header, path = line, next(paths)
            text = self._section(path)
            diffs[path] = f"{diffs[path]}\n{text}" if diffs.get(path) else text
        return diffs

    def _raw_list(self) -> list[str]:
        paths = []
        while self._data.startswith(b":", self._at):
            self._field()
            paths.append(self._field().decode("utf-8", "replace"))
        if self._data.startswith(b"\0", self._at):
            self._at += 1
        return paths

    def _section(self, path: str) -> str:
        """The rest of one file's patch."""
        lines: list[str] = []
        while not self._at_end_of_section():
            line = self._line()
            hunk = HUNK.match(line)
            if hunk is not None:
                lines = lines or [f"--- a/{path}", f"+++ b/{path}"]
                lines.append(hunk[0].decode("ascii"))
                lines += self._hunk(int(hunk[1] or 1), int(hunk[2] or 1))
            elif line.startswith(b"Binary files "):
                lines = [f"Binary files a/{path} and b/{path} differ"]
        return "\n".join(lines)

    def _at_end_of_section(self) -> bool:
        return (
            self._at >= len(self._data)
            or self._data.startswith(SECTION, self._at)
            or OBJECT_ID.match(self._data, self._at) is not None
        )

    def _hunk(self, old: int, new: int) -> list[str]:
        """So many lines of either side: only counting tells where content ends."""
        lines = []
        while (old > 0 or new > 0) and self._at < len(self._data):
            line = self._line()
            kind = line[:1]
            if kind != b"\\":
                old -= kind in (b" ", b"-", b"")
                new -= kind in (b" ", b"+", b"")
                lines.append(line.decode("utf-8", "replace"))
        return lines

    def _line(self) -> bytes:
        return self._until(b"\n")

    def _field(self) -> bytes:
        return self._until(b"\0")

    def _until(self, mark: bytes) -> bytes:
        end = self._data.find(mark, self._at)
        end = len(self._data) if end < 0 else end
        piece = self._data[self._at : end]
        self._at = end + 1
        return piece
