"""Removing a tree without following links and without running out of descriptors or stack."""

from __future__ import annotations

import errno
import os
import stat
import uuid

MAX_NESTING = 64
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_tree(folder: int, name: str) -> None:
    """Removes the entry `name` of the open folder; the name `.` only empties the folder itself."""
    if name == ".":
        inner = os.open(".", FOLDER, dir_fd=folder)
        try:
            Removal(inner).empty()
        finally:
            os.close(inner)
    elif stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        Removal(folder).remove(name)
    else:
        os.unlink(name, dir_fd=folder)


def remove_entry(path: str, info: os.stat_result) -> None:
    """Removes what stands at a path, whatever rights its owner took from it. Nobody else may work there meanwhile."""
    folder = os.open(os.path.dirname(path), FOLDER)
    try:
        try:
            remove_tree(folder, os.path.basename(path))
        except PermissionError:
            _take_rights(path, info)
            remove_tree(folder, os.path.basename(path))
    finally:
        os.close(folder)


def _take_rights(path: str, info: os.stat_result) -> None:
    if not stat.S_ISDIR(info.st_mode):
        return
    pending = [path]
    while pending:
        folder = pending.pop()
        os.chmod(folder, 0o700)
        with os.scandir(folder) as found:
            pending += [entry.path for entry in found if entry.is_dir(follow_symlinks=False)]


class Removal:
    """Below `top`. A folder that lies too deep to keep every one above it open is first moved up to `top`."""

    def __init__(self, top: int) -> None:
        self._top = top
        self._moved_up: list[str] = []

    def empty(self) -> None:
        self._empty(self._top, 0)
        self._finish()

    def remove(self, name: str) -> None:
        self._remove_folder(self._top, name, 0)
        self._finish()

    def _finish(self) -> None:
        while self._moved_up:
            self._remove_folder(self._top, self._moved_up.pop(), 0)

    def _remove_folder(self, folder: int, name: str, depth: int) -> None:
        try:
            inner = os.open(name, FOLDER, dir_fd=folder)
        except OSError as error:
            if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                raise
            os.unlink(name, dir_fd=folder)  # it was swapped for something else
            return
        try:
            self._empty(inner, depth)
        finally:
            os.close(inner)
        os.rmdir(name, dir_fd=folder)

    def _empty(self, folder: int, depth: int) -> None:
        with os.scandir(folder) as found:
            entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
        for name, is_folder in entries:
            try:
                if not is_folder:
                    os.unlink(name, dir_fd=folder)
                elif depth < MAX_NESTING:
                    self._remove_folder(folder, name, depth + 1)
                else:
                    moved = f".sandbox-removed-{uuid.uuid4().hex}"
                    os.rename(name, moved, src_dir_fd=folder, dst_dir_fd=self._top)
                    self._moved_up.append(moved)
            except FileNotFoundError:  # somebody else removes too
                continue
