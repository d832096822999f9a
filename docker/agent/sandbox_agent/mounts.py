"""What is mounted where in this sandbox."""

from __future__ import annotations


class Mount:
    def __init__(self, point: str, kind: str, writable: bool) -> None:
        self.point = point
        self.kind = kind
        self.writable = writable


def mounts() -> list[Mount]:
    """All of them, the last one at a place last; see proc(5) on mountinfo."""
    found = []
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            before, _, after = line.partition(" - ")
            fields = before.split(" ")
            options = fields[5].split(",") + after.split(" ")[2].rstrip("\n").split(",")
            found.append(Mount(_unescaped(fields[4]), after.split(" ")[0], "ro" not in options))
    return found


def _unescaped(text: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, character)
    return text


def is_below(path: str, folder: str) -> bool:
    """Whether it is the folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
