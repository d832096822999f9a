"""What the agent is to its processes: their reaper, the parent of their orphans, and a keeper of its token.

An orphan goes to the nearest ancestor that asked for orphans, or to process 1. The agent is that ancestor either
way, so it can find what a command left behind, and must collect it in the end.
"""

from __future__ import annotations

import os

from sandbox_agent import log

PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36


def prepare_for_children(secrets: tuple[str, ...]) -> None:
    """Called once before the first child, not at the start: nobody can look before there is somebody.

    Secrets are wiped from the block that `/proc/<pid>/environ` shows, and the process is made undumpable: then
    /proc/<pid>/mem, environ and ptrace are closed to everyone without CAP_SYS_PTRACE, user code with our uid included.
    """
    try:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
    except (ImportError, OSError) as error:
        log.warning(f"the token may be readable in /proc and orphans are only found by their environment: {error}")
        _forget(secrets)
        return
    libc.getenv.restype = ctypes.c_void_p
    for name in secrets:
        address = libc.getenv(name.encode())
        if address:
            ctypes.memset(address, 0, len(os.environb.get(name.encode(), b"")))
    _forget(secrets)
    for option, value in ((PR_SET_DUMPABLE, 0), (PR_SET_CHILD_SUBREAPER, 1)):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            log.warning(f"prctl({option}, {value}): {os.strerror(ctypes.get_errno())}")


def _forget(secrets: tuple[str, ...]) -> None:
    for name in secrets:
        os.environ.pop(name, None)
