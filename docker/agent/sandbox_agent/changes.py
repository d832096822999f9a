"""What changed in the workspace since a mark: the agent remembers how it looked then."""

from __future__ import annotations

import os
import threading
import uuid

from sandbox_agent import arguments
from sandbox_agent.confined import Confined
from sandbox_agent.errors import Conflict, Gone, NotFound
from sandbox_agent.tree import Found, walk
from sandbox_agent.workspace import READ_FOLDER, StorageErrors, entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox_agent.arguments import Json

KEPT_MARKS = 16
MAX_ENTRIES = 200_000

# How an entry looked: a number, for there may be many. Path -> a hash, doubled, plus one for a folder.
Look = dict[str, int]


class Changes:
    def __init__(self, path: str) -> None:
        self._confined = Confined(path)
        self._lock = threading.Lock()
        self._marks: dict[str, tuple[list[str], Look]] = {}

    def since_mark(self, query: Mapping[str, str]) -> Json:
        """A new mark and, with `since`, what changed between that mark and this one."""
        since = query.get("since", "")
        before: Look | None = None
        if since:
            names, before = self._marked(since)
        else:
            names = self._confined.names(query.get("path", "."))
        with StorageErrors():
            try:
                with self._confined.find(names) as place:
                    top = place.open(READ_FOLDER)
            except (FileNotFoundError, NotADirectoryError):
                raise NotFound from None
            try:
                now = _look(top)
                changes = [] if before is None else self._compared(names, before, now)
            finally:
                os.close(top)
        return {"mark": self._remember(names, now), "changes": changes}

    def _marked(self, mark: str) -> tuple[list[str], Look]:
        with self._lock:
            found = self._marks.get(mark)
        if found is None:
            raise Gone(f"the mark {mark!r} is not known any more: the last {KEPT_MARKS} are kept; list again")
        return found

    def _remember(self, names: list[str], look: Look) -> str:
        mark = uuid.uuid4().hex[:16]
        with self._lock:
            self._marks[mark] = (names, look)
            while len(self._marks) > KEPT_MARKS:
                del self._marks[next(iter(self._marks))]
        return mark

    def _compared(self, names: list[str], before: Look, now: Look) -> list[Json]:
        changes: list[Json] = []
        for path in sorted(before.keys() | now.keys()):
            if path not in now:
                kind = "dir" if before[path] & 1 else "file"
                full = os.fsencode(self._confined.written([*names, path])).decode("utf-8", "replace")
                changes.append({"change": "deleted", "path": full, "name": full.rpartition("/")[2], "type": kind})
            elif before.get(path) != now[path]:
                told = self._told([*names, *path.split("/")])
                if told is not None:
                    changes.append({"change": "modified" if path in before else "created", **told})
        return changes

    def _told(self, names: list[str]) -> Json | None:
        try:
            with self._confined.find(names, follow=False) as place:
                return entry(self._confined, names, place.stat())
        except (OSError, NotFound):  # it is gone by now: the next listing will say so
            return None

    def forget(self) -> None:
        with self._lock:
            self._marks.clear()


def _look(top: int) -> Look:
    look: Look = {}
    for found in walk(top):
        look[found.path] = _hash(found)
        if len(look) > MAX_ENTRIES:
            raise Conflict(f"there are more than {MAX_ENTRIES} entries: name a folder with fewer by `path`")
    return look


def _hash(found: Found) -> int:
    info = found.info
    if found.is_folder:  # its times change with its contents, which are listed by themselves
        return hash((info.st_mode, info.st_ino)) * 2 + 1
    return hash((info.st_mode, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)) * 2
