"""Walks what is below a folder of the workspace, from the open folder itself: swapping names for links gains nothing."""

from __future__ import annotations

import os
import stat

from sandbox_agent.workspace import READ_FOLDER, STAGING_PREFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

INNER = READ_FOLDER | os.O_NOFOLLOW | os.O_CLOEXEC


class Found:
    """An entry: its names below the top, what it is, and the open folder that it is in (as long as the walk pauses)."""

    def __init__(self, names: tuple[str, ...], info: os.stat_result, folder: int) -> None:
        self.names = names
        self.info = info
        self.folder = folder

    @property
    def path(self) -> str:
        return "/".join(self.names)

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.info.st_mode)


def walk(top: int, below: tuple[str, ...] = ()) -> Iterator[Found]:
    """Everything below, each folder before its contents; what is gone or closed to us by then is left out."""
    pending = [below]
    while pending:
        names = pending.pop()
        try:
            folder = open_below(top, names)
        except OSError:
            continue
        try:
            for name in _names(folder):
                try:
                    info = os.stat(name, dir_fd=folder, follow_symlinks=False)
                except OSError:
                    continue
                found = Found((*names, name), info, folder)
                if found.is_folder:
                    pending.append(found.names)
                yield found
        finally:
            os.close(folder)


def open_below(top: int, names: tuple[str, ...]) -> int:
    folder = os.dup(top)
    for name in names:
        try:
            inner = os.open(name, INNER, dir_fd=folder)
        finally:
            os.close(folder)
        folder = inner
    return folder


def _names(folder: int) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith(STAGING_PREFIX))
    except OSError:
        return []
