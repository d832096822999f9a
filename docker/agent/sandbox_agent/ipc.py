"""System V shared memory, semaphores and message queues: what outlives the processes that made it."""

from __future__ import annotations

import ctypes

KINDS = ("shm", "sem", "msg")
IPC_RMID = 0


def leftovers() -> list[tuple[str, int]]:
    """Kind and id of each one in this sandbox's IPC namespace."""
    found = []
    for kind in KINDS:
        try:
            with open(f"/proc/sysvipc/{kind}", encoding="ascii") as file:
                rows = file.readlines()[1:]
        except OSError:  # the kernel knows none
            continue
        found += [(kind, int(row.split()[1])) for row in rows]
    return found


def remove_all() -> None:
    """What does not go stays in `leftovers`."""
    libc = ctypes.CDLL(None, use_errno=True)
    for kind, number in leftovers():
        if kind == "shm":
            libc.shmctl(number, IPC_RMID, None)
        elif kind == "sem":
            libc.semctl(number, 0, IPC_RMID)
        else:
            libc.msgctl(number, IPC_RMID, None)
