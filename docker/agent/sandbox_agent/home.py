"""The home folder as it was before anybody used the sandbox, and the way back to it."""

from __future__ import annotations

import os
import stat

from sandbox_agent.removal import remove_entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ENTRIES = 2000
MAX_CONTENT = 4 << 20


class TooMuch(Exception):
    """The folder is too large to be remembered."""


class Entry:
    """An entry as it was: enough to notice a change, and for files and links enough to undo it."""

    def __init__(self, path: str, info: os.stat_result) -> None:
        self.mode = info.st_mode
        self.changed = info.st_ctime_ns
        self.content: bytes | None = None
        self.target: str | None = None
        if stat.S_ISREG(info.st_mode):
            with open(path, "rb") as file:
                self.content = file.read(MAX_CONTENT + 1)
        elif stat.S_ISLNK(info.st_mode):
            self.target = os.readlink(path)


class Home:
    """`spared` are folders below it that belong to others: the workspace, mount points."""

    def __init__(self, path: str, spared: frozenset[str]) -> None:
        self._path = path
        self._spared = spared
        self._entries: dict[str, Entry] = {}
        self.too_much = False
        try:
            self._remember()
        except TooMuch:
            self.too_much = True
            self._entries.clear()

    def _remember(self) -> None:
        left = MAX_CONTENT
        for path, info in self._walk():
            entry = self._entries[path] = Entry(path, info)
            left -= len(entry.content or b"")
            if left < 0 or len(self._entries) > MAX_ENTRIES:
                raise TooMuch

    def _walk(self) -> Iterator[tuple[str, os.stat_result]]:
        """The folder itself, then what is in it, each folder before its contents."""
        pending = [self._path]
        while pending:
            path = pending.pop()
            try:
                info = os.lstat(path)
                yield path, info
                if stat.S_ISDIR(info.st_mode):
                    names = os.listdir(path)
                    pending += [inner for name in names if (inner := os.path.join(path, name)) not in self._spared]
            except (FileNotFoundError, PermissionError, NotADirectoryError):
                continue

    def restore(self) -> None:
        """Nothing may run in the sandbox meanwhile. Raises `OSError` for what cannot be undone."""
        for path, info in list(self._walk()):
            if path not in self._entries and os.path.lexists(path) and not self._holds_spared(path):
                remove_entry(path, info)
        for path, entry in self._entries.items():
            if not _is_as_before(path, entry):
                self._put_back(path, entry)

    def _put_back(self, path: str, entry: Entry) -> None:
        info = os.lstat(path) if os.path.lexists(path) else None
        if info is not None and stat.S_IFMT(info.st_mode) != stat.S_IFMT(entry.mode):
            remove_entry(path, info)
            info = None
        if stat.S_ISDIR(entry.mode):
            if info is None:
                os.mkdir(path)
        elif entry.content is not None:
            if info is not None:
                os.unlink(path)  # it may have become a second name of another file
            with open(path, "xb") as file:
                file.write(entry.content)
        elif entry.target is not None:
            if info is not None:
                os.unlink(path)
            os.symlink(entry.target, path)
            return
        os.chmod(path, stat.S_IMODE(entry.mode))
        entry.changed = os.lstat(path).st_ctime_ns

    def differences(self) -> list[str]:
        """Paths that are not as they were."""
        now = {path for path, _ in self._walk() if path in self._entries or not self._holds_spared(path)}
        missing_or_new = now ^ self._entries.keys()
        changed = {path for path in now & self._entries.keys() if not _is_as_before(path, self._entries[path])}
        return sorted(missing_or_new | changed)

    def _holds_spared(self, path: str) -> bool:
        return any(spared.startswith(path + "/") for spared in self._spared)


def _is_as_before(path: str, entry: Entry) -> bool:
    try:
        info = os.lstat(path)
        if info.st_mode != entry.mode:
            return False
        if info.st_ctime_ns == entry.changed or stat.S_ISDIR(info.st_mode):
            return True
        if entry.target is not None:
            return os.readlink(path) == entry.target
        if entry.content is not None:
            with open(path, "rb") as file:
                return info.st_nlink == 1 and file.read(len(entry.content) + 1) == entry.content
        return True
    except OSError:
        return False
