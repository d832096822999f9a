"""Finding and ending everything below a process, whatever it did to get away.

Parents alone do not suffice: a daemon forks twice and gets a new parent, `setsid` gets it a new session. So a
process belongs to a call if its parent does, if it is in the call's session, or if its environment carries the
call's mark. Only a process that did all of it at once - new session, dead parent, cleared environment - escapes
until the agent itself ends.
"""

from __future__ import annotations

import os
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Selection = Callable[[Mapping[int, "Process"]], set[int]]

FREEZE_ROUNDS = 30
QUIET_ROUNDS = 3  # one scan can miss a process whose parent has just left it
KILL_SECONDS = 0.5


class Process:
    def __init__(self, stat: bytes) -> None:
        fields = stat[stat.rindex(b")") + 2 :].split()
        self.alive = fields[0] not in (b"Z", b"X")
        self.parent = int(fields[1])
        self.session = int(fields[3])
        self.started = int(fields[19])  # clock ticks since boot


def now_in_ticks() -> int:
    """The present on the scale of `Process.started`."""
    return int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK"))


def scan() -> dict[int, Process]:
    """All living processes; empty where there is no /proc."""
    found = {}
    try:
        names = os.listdir("/proc")
    except OSError:
        return {}
    for name in names:
        if name.isdigit():
            try:
                process = Process(_read(f"/proc/{name}/stat"))
            except (OSError, ValueError, IndexError):  # it has just ended
                continue
            if process.alive:
                found[int(name)] = process
    return found


def members(processes: Mapping[int, Process], root: int, mark: str) -> set[int]:
    """`root` and what belongs to it. `mark` is the beginning of an environment entry."""
    entry = mark.encode()
    me = os.getpid()
    found = {
        pid
        for pid, process in processes.items()
        if pid == root or process.session == root or (pid != me and _carries(pid, entry))
    }
    found.discard(0)
    children: dict[int, list[int]] = {}
    for pid, process in processes.items():
        children.setdefault(process.parent, []).append(pid)
    pending = list(found)
    while pending:
        for pid in children.get(pending.pop(), ()):
            if pid not in found:
                found.add(pid)
                pending.append(pid)
    return found


def kill(select: Selection) -> None:
    """Ends the selected processes. They are stopped first, until scans find no new one: a stopped one cannot fork."""
    frozen: set[int] = set()
    quiet = 0
    for _ in range(FREEZE_ROUNDS):
        fresh = select(scan()) - frozen
        quiet = 0 if fresh else quiet + 1
        if quiet == QUIET_ROUNDS:
            break
        for pid in fresh:
            _send(pid, signal.SIGSTOP)
        frozen |= fresh
    end = time.monotonic() + KILL_SECONDS
    targets = frozen
    while targets:
        for pid in targets:
            _send(pid, signal.SIGKILL)
        if time.monotonic() > end:  # one that we may not signal, or that sleeps in the kernel
            return
        time.sleep(0.002)
        processes = scan()
        targets = select(processes) | (targets & processes.keys())


def _carries(pid: int, entry: bytes) -> bool:
    try:
        environment = _read(f"/proc/{pid}/environ")
    except OSError:
        return False
    return environment.startswith(entry) or b"\0" + entry in environment


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read() or b""


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return
