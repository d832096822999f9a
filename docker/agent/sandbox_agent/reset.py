"""Returns the sandbox to its first state and checks that it is there: then somebody else may use it.

That is possible only where the agent is process 1 and so everything else in the sandbox is somebody's leftover.
"""

from __future__ import annotations

import os
import signal
import stat
import time

from sandbox_agent import ipc, process_tree
from sandbox_agent.errors import Conflict
from sandbox_agent.home import Home
from sandbox_agent.mounts import Mount, is_below, mounts
from sandbox_agent.removal import remove_entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox_agent.arguments import Json
    from sandbox_agent.settings import Settings

TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")
VOLATILE = ("tmpfs", "mqueue", "ramfs")  # file systems that hold nothing but what was put there
PSEUDO = ("proc", "sysfs", "cgroup", "cgroup2", "devpts", "devtmpfs", "securityfs", "debugfs", "bpf", "tracefs")
KILL_SECONDS = 5.0
MAX_PROBLEMS = 50
COARSE = 10_000_000  # ns: the clock of the file system may be so much behind


class FirstState:
    """What is to be remembered before anybody uses the sandbox."""

    def __init__(self, settings: Settings) -> None:
        self.since = time.time_ns() - COARSE
        self._settings = settings
        self._places = [settings.workspace, *TEMPORARY]
        points = mounts()
        self._places += [m.point for m in points if m.kind in VOLATILE and m.writable and m.point != "/dev"]
        home = os.path.abspath(settings.environment.get("HOME") or "/")
        self._home_path = home
        self.home = None if home == "/" or self._is_emptied(home) else Home(home, self._spared(home, points))
        self._modes = {place: _mode(place) for place in self.emptied()}

    def _is_emptied(self, home: str) -> bool:
        """Whether it lies in a folder that is emptied, and is no place of its own."""
        return any(is_below(home, place) for place in self._places if place != home) or home == self._settings.workspace

    def _spared(self, home: str, points: list[Mount]) -> frozenset[str]:
        return frozenset(p for p in [self._settings.workspace, *(m.point for m in points)] if is_below(p, home) and p != home)

    def emptied(self) -> list[str]:
        """The folders that are emptied: those that are there, each once."""
        places = {place for place in self._places if os.path.isdir(place) and not os.path.islink(place)}
        if self.home is not None:
            places.discard(self._home_path)
        return sorted(places)

    def restore_modes(self) -> None:
        for place, mode in self._modes.items():
            if mode is not None and _mode(place) not in (mode, None):
                os.chmod(place, mode)

    def changed_elsewhere(self) -> Iterator[str]:
        """Paths that changed since, in places that are not emptied and can be written to."""
        handled = [*self._places, *([self._home_path] if self.home is not None and not self.home.too_much else [])]
        points = {m.point: m for m in mounts()}
        skipped = {p for p, m in points.items() if not m.writable or m.kind in PSEUDO} | {"/proc", "/sys", "/dev"}
        roots = ["/"] if points["/"].writable else []
        roots += [p for p, m in points.items() if m.writable and p not in skipped and p != "/"]
        for root in roots:
            yield from self._changed_below(root, skipped | set(points) | set(handled) - {root}, handled)

    def _changed_below(self, root: str, barred: set[str], handled: list[str]) -> Iterator[str]:
        if any(is_below(root, place) for place in handled):
            return
        pending = [root]
        while pending:
            path = pending.pop()
            if path != root and path in barred:
                continue
            try:
                info = os.lstat(path)
                if stat.S_ISDIR(info.st_mode):
                    pending += [os.path.join(path, name) for name in os.listdir(path)]
            except OSError:  # closed to us, and so to those before us
                continue
            if info.st_ctime_ns >= self.since and not stat.S_ISSOCK(info.st_mode) and _is_in_reach(path, info):
                yield path


class Reset:
    def __init__(self, first: FirstState, settings: Settings) -> None:
        self._first = first
        self._settings = settings

    def run(self, end_calls: Callable[[], None], forget: Callable[[], None]) -> Json:
        """`end_calls` ends what is under way, `forget` drops what the agent itself remembers."""
        if os.getpid() != 1:
            raise Conflict("this sandbox shares the processes and folders of its machine: it cannot be reset")
        start = time.monotonic()
        problems: list[str] = []
        end_calls()
        forget()
        killed = self._kill_others()
        self._attempt(problems, "home", self._restore_home)
        for place in self._first.emptied():
            self._empty(place, problems)
        self._attempt(problems, "modes", self._first.restore_modes)
        ipc.remove_all()
        problems += self._verify()
        elapsed = int((time.monotonic() - start) * 1000)
        told = problems[:MAX_PROBLEMS] + ([f"{len(problems) - MAX_PROBLEMS} more"] if len(problems) > MAX_PROBLEMS else [])
        return {"restored": not problems, "problems": told, "processes_killed": killed, "duration_ms": elapsed}

    def _attempt(self, problems: list[str], what: str, action: Callable[[], None]) -> None:
        try:
            action()
        except OSError as error:
            problems.append(f"{what}: {error}")

    def _restore_home(self) -> None:
        if self._first.home is not None and not self._first.home.too_much:
            self._first.home.restore()

    def _kill_others(self) -> int:
        seen: set[int] = set()
        end = time.monotonic() + KILL_SECONDS
        while others := _others():
            seen |= others
            for pid in others:
                try:
                    os.kill(pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    continue
            if time.monotonic() > end:
                break
            time.sleep(0.002)
        return len(seen)

    def _empty(self, place: str, problems: list[str]) -> None:
        for path in _contents(place, {mount.point for mount in mounts()}):
            if path == self._settings.socket:
                continue
            try:
                remove_entry(path, os.lstat(path))
            except OSError as error:
                problems.append(f"{path}: {error.strerror}")

    def _verify(self) -> list[str]:
        """Looks again, at everything; what was reported before may be reported again."""
        found = [f"process {pid} could not be ended" for pid in sorted(_others())]
        points = {mount.point for mount in mounts()}
        for place in self._first.emptied():
            left = [path for path in _contents(place, points) if path != self._settings.socket]
            found += [f"{path} could not be removed" for path in left]
        home = self._first.home
        if home is not None and not home.too_much:
            found += [f"{path} is not as it was" for path in home.differences()]
        found += [f"{path} was changed" for path in self._first.changed_elsewhere()]
        found += [f"{kind} {number} could not be removed" for kind, number in ipc.leftovers()]
        return found


def _others() -> set[int]:
    return process_tree.scan().keys() - {os.getpid()}


def _contents(place: str, points: set[str]) -> Iterator[str]:
    """What is in a folder, down to the mount points in it, which are others' to empty."""
    try:
        names = os.listdir(place)
    except FileNotFoundError:
        return
    except PermissionError:
        os.chmod(place, 0o700)
        names = os.listdir(place)
    for name in names:
        path = os.path.join(place, name)
        if path in points:
            continue
        if any(point.startswith(path + "/") for point in points):
            yield from _contents(path, points)
        else:
            yield path


def _is_in_reach(path: str, info: os.stat_result) -> bool:
    """Whether those who used the sandbox could have changed it."""
    return info.st_uid == os.getuid() or (not stat.S_ISLNK(info.st_mode) and os.access(path, os.W_OK))


def _mode(path: str) -> int | None:
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return None
