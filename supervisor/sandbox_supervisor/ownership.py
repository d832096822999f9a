"""Gives a folder to a user, with all that is in it, without ever following a link."""

from __future__ import annotations

import os
import stat
from typing import Callable

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def give(path: str, uid: int, ours: Callable[[int], bool]) -> None:
    """What belongs to somebody who is not `ours` stays his, with all that is in it.

    Does nothing when the folder itself is the user's already: then so is what is in it.
    """
    descriptor = os.open(path, FOLDER)
    try:
        owner = os.fstat(descriptor).st_uid
        if owner != uid and ours(owner):
            _give_content(descriptor, uid, ours)
            os.fchown(descriptor, uid, uid)  # last, so that one broken off is begun anew
    finally:
        os.close(descriptor)


def _give_content(folder: int, uid: int, ours: Callable[[int], bool]) -> None:
    for name in os.listdir(folder):
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if not ours(found.st_uid):
            continue
        if stat.S_ISDIR(found.st_mode):
            inner = os.open(name, FOLDER, dir_fd=folder)
            try:
                _give_content(inner, uid, ours)
                os.fchown(inner, uid, uid)
            finally:
                os.close(inner)
        elif found.st_nlink == 1 or stat.S_ISLNK(found.st_mode):  # a second name may be somebody else's
            os.chown(name, uid, uid, dir_fd=folder, follow_symlinks=False)
