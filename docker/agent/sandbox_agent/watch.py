"""An event stream of what happens in a folder of the workspace and everything below it.

`event: ready` comes once all is watched; then `created`, `modified` and `deleted`, each with path and type. A move is
a deletion and a creation. `event: overflow` says that something was missed: list again.
"""

from __future__ import annotations

import json
import os
import select
import stat
import time

from sandbox_agent import inotify
from sandbox_agent.confined import Confined
from sandbox_agent.errors import Conflict, NotFound
from sandbox_agent.inotify import Event, Inotify
from sandbox_agent.tree import open_below, walk
from sandbox_agent.wire import Caller
from sandbox_agent.workspace import READ_FOLDER, STAGING_PREFIX, StorageErrors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

KEEP_ALIVE = 15.0
GATHER = 0.05  # seconds: what happens at once is told at once, and once

Names = tuple[str, ...]


class Watch:
    def __init__(self, path: str, wanted: str, caller: Caller) -> None:
        confined = Confined(path)
        names = confined.names(wanted)
        self._written = confined.written(names)
        self._caller = caller
        self._watched: dict[int, Names] = {}
        self._numbers: dict[Names, int] = {}
        self._first = True
        with StorageErrors():
            try:
                with confined.find(names) as place:
                    self._top = place.open(READ_FOLDER)
            except (FileNotFoundError, NotADirectoryError):
                raise NotFound from None
        try:
            self._inotify = Inotify()
            try:
                self._watch_all(())
            except BaseException:
                self._inotify.close()
                raise
        except OSError as error:
            os.close(self._top)
            raise Conflict(f"the folder cannot be watched: {error.strerror}") from error

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._first:
            self._first = False
            return _event("ready", {"path": self._readable(())})
        poller = select.poll()
        poller.register(self._inotify, select.POLLIN)
        poller.register(self._caller, Caller.EVENTS)
        ready = dict(poller.poll(KEEP_ALIVE * 1000))
        if self._caller.fileno() in ready:
            raise StopIteration
        if not ready:
            return b": nothing happened\n\n"
        time.sleep(GATHER)
        return b"".join(self._told(self._inotify.read()))

    def close(self) -> None:
        self._inotify.close()
        if self._top >= 0:
            os.close(self._top)
            self._top = -1

    def _watch_all(self, names: Names) -> list[Names]:
        """Watches a folder and those in it; answers what is in there already."""
        found: list[Names] = []
        try:
            self._watch(names)
        except (FileNotFoundError, NotADirectoryError):  # it is gone again
            return found
        for inner in walk(self._top, names):
            found.append(inner.names)
            if inner.is_folder:
                try:
                    self._watch(inner.names)
                except (FileNotFoundError, NotADirectoryError, PermissionError):
                    continue
        return found

    def _watch(self, names: Names) -> None:
        folder = open_below(self._top, names)
        try:
            number = self._inotify.watch(folder)
        finally:
            os.close(folder)
        self._watched[number] = names
        self._numbers[names] = number

    def _forget_all(self, names: Names) -> None:
        for known in [known for known in self._numbers if known[: len(names)] == names]:
            number = self._numbers.pop(known)
            self._watched.pop(number, None)
            self._inotify.forget(number)

    def _told(self, events: list[Event]) -> list[bytes]:
        happened: dict[tuple[str, Names], bytes] = {}
        for event in events:
            if event.mask & inotify.IN_Q_OVERFLOW:
                happened["overflow", ()] = _event("overflow", {})
                continue
            folder = self._watched.get(event.watch)
            if folder is None or event.mask & inotify.IN_IGNORED or not event.name:
                continue
            if not event.name.startswith(STAGING_PREFIX):
                for change, names, kind in self._meaning(event, (*folder, event.name)):
                    if change != "modified" or ("created", names) not in happened:
                        told = _event(change, {"path": self._readable(names), "type": kind})
                        happened.setdefault((change, names), told)
        return list(happened.values())

    def _meaning(self, event: Event, names: Names) -> list[tuple[str, Names, str]]:
        is_folder = bool(event.mask & inotify.IN_ISDIR)
        kind = "dir" if is_folder else self._kind(names)
        if event.mask & (inotify.IN_DELETE | inotify.IN_MOVED_FROM):
            if is_folder:
                self._forget_all(names)
            return [("deleted", names, "dir" if is_folder else "file")]
        if event.mask & (inotify.IN_CREATE | inotify.IN_MOVED_TO):
            inside = self._enter(names) if is_folder else []
            return [("created", names, kind), *(("created", inner, self._kind(inner)) for inner in inside)]
        return [] if is_folder and not event.mask & inotify.IN_ATTRIB else [("modified", names, kind)]

    def _enter(self, names: Names) -> list[Names]:
        try:
            return self._watch_all(names)
        except OSError:  # the kernel's limit: what happens in there will not be seen
            return []

    def _kind(self, names: Names) -> str:
        try:
            folder = open_below(self._top, names[:-1])
        except OSError:
            return "file"
        try:
            mode = os.stat(names[-1], dir_fd=folder, follow_symlinks=False).st_mode
        except OSError:
            return "file"
        finally:
            os.close(folder)
        return "dir" if stat.S_ISDIR(mode) else "symlink" if stat.S_ISLNK(mode) else "file" if stat.S_ISREG(mode) else "other"

    def _readable(self, names: Names) -> str:
        return os.fsencode(os.path.join(self._written, *names)).decode("utf-8", "replace")


def _event(name: str, value: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n".encode("utf-8", "replace")
