"""All that lies below an open folder, in order; links are told and not followed."""

from __future__ import annotations

import os
import stat

from sandbox_agent.own_transport import Patience, ToolRefused
from sandbox_agent.workspace import STAGING_PREFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_ENTRIES = 200_000
MAX_DEPTH = 200
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Found:
    """An entry: its names below the folder, and what it is itself, link or not."""

    def __init__(self, names: list[str], info: os.stat_result) -> None:
        self.names = names
        self.info = info
        self.is_folder = stat.S_ISDIR(info.st_mode)
        self.is_link = stat.S_ISLNK(info.st_mode)


def entries(top: int, below: list[str]) -> list[Found]:
    """Of one folder, by name; none if it is gone, closed to us, or no longer a folder."""
    found: list[Found] = []
    folder = os.dup(top)
    try:
        for name in below:
            inner = os.open(name, FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        with os.scandir(folder) as rows:
            for row in rows:
                if not row.name.startswith(STAGING_PREFIX):
                    try:
                        found.append(Found([*below, row.name], row.stat(follow_symlinks=False)))
                    except FileNotFoundError:  # gone meanwhile
                        continue
    except OSError:
        return found
    finally:
        os.close(folder)
    return sorted(found, key=lambda entry: os.fsencode(entry.names[-1]))


def walk(top: int, skipped: Callable[[list[str]], bool], patience: Patience) -> Iterator[Found]:
    """Each folder before what is in it. What is skipped is not entered either."""
    count = 0
    pending = [entries(top, [])[::-1]]
    while pending:
        if not pending[-1]:
            pending.pop()
            continue
        patience.check()
        entry = pending[-1].pop()
        if skipped(entry.names):
            continue
        count += 1
        if count > MAX_ENTRIES or len(entry.names) > MAX_DEPTH:
            limit = f"{MAX_ENTRIES} entries" if count > MAX_ENTRIES else f"{MAX_DEPTH} levels of folders"
            raise ToolRefused(f"there are more than {limit}: start further below, or exclude some by excludePatterns")
        yield entry
        if entry.is_folder:
            pending.append(entries(top, entry.names)[::-1])
