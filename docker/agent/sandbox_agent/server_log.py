"""What a server writes on its standard error: the last lines for messages, the last megabytes in a file."""

from __future__ import annotations

import os

from sandbox_agent import log

MAX_FILE = 1 << 20
MAX_TAIL = 2000


class ServerLog:
    """`<folder>/mcp-<name>.log`, and the megabyte before it in `….log.1`."""

    def __init__(self, folder: str, name: str) -> None:
        safe = "".join(character if character.isalnum() or character in "-_." else "_" for character in name)
        self._path = os.path.join(folder, f"mcp-{safe[:100]}.log")
        self._tail = b""
        self._file = -1
        self._size = 0
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            self._open()
        except OSError as error:
            log.warning(f"{self._path}: {error.strerror}")

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(self._path, flags, 0o600)
        self._size = os.fstat(self._file).st_size

    def add(self, data: bytes) -> None:
        self._tail = (self._tail + data)[-MAX_TAIL:]
        if self._file < 0:
            return
        try:
            if self._size > MAX_FILE:
                self.close()
                os.replace(self._path, self._path + ".1")
                self._open()
            self._size += os.write(self._file, data)
        except OSError as error:  # a full disk must not take the server along
            log.warning(f"{self._path}: {error.strerror}")
            self.close()

    def last_lines(self) -> str:
        return self._tail.decode("utf-8", "replace").strip()

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
