"""The kernel's news about folders, see inotify(7); Python's library does not have it."""

from __future__ import annotations

import ctypes
import errno
import os
import struct

IN_MODIFY, IN_ATTRIB, IN_CLOSE_WRITE = 0x2, 0x4, 0x8
IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE = 0x40, 0x80, 0x100, 0x200
IN_Q_OVERFLOW, IN_IGNORED, IN_ISDIR = 0x4000, 0x8000, 0x40000000
IN_ONLYDIR = 0x01000000
MASK = IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ONLYDIR
HEADER = struct.Struct("iIII")


class Event:
    def __init__(self, watch: int, mask: int, name: str) -> None:
        self.watch = watch
        self.mask = mask
        self.name = name


class Inotify:
    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._file = self._libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self._file < 0:
            self._fail()

    def fileno(self) -> int:
        return int(self._file)

    def watch(self, folder: int) -> int:
        """Watches an open folder, whatever its name is by now."""
        number = self._libc.inotify_add_watch(self._file, f"/proc/self/fd/{folder}".encode(), MASK)
        if number < 0:
            self._fail()
        return int(number)

    def forget(self, watch: int) -> None:
        self._libc.inotify_rm_watch(self._file, watch)

    def read(self) -> list[Event]:
        try:
            data = os.read(self._file, 1 << 16)
        except BlockingIOError:
            return []
        events, position = [], 0
        while position < len(data):
            watch, mask, _, length = HEADER.unpack_from(data, position)
            position += HEADER.size
            name = data[position : position + length].rstrip(b"\0")
            position += length
            events.append(Event(watch, mask, os.fsdecode(name)))
        return events

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _fail(self) -> None:
        number = ctypes.get_errno()
        text = os.strerror(number)
        if number == errno.ENOSPC:
            text = "the kernel's limit is reached (fs.inotify.max_user_watches)"
        elif number == errno.EMFILE:
            text = "the kernel's limit is reached (fs.inotify.max_user_instances)"
        raise OSError(number, text)
