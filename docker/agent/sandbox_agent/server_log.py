"""What a program writes and what happens to it: the last lines, and the last megabytes in a file."""

from __future__ import annotations

import os
import threading
import time
import zlib

from sandbox_agent import log

MAX_FILE = 1 << 20
MAX_TAIL = 2000


class ServerLog:
    """`<folder>/<kind>-<name>.log`, and the megabyte before it in `….log.1`."""

    def __init__(self, folder: str, name: str, kind: str = "mcp") -> None:
        self._path = os.path.join(folder, f"{kind}-{_file_name(name)}.log")
        self._lock = threading.Lock()
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

    def event(self, text: str) -> None:
        """What happened to the server, among what it says itself."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with self._lock:
            self._write(f"[sandbox] {stamp} {text}\n".encode("utf-8", "replace"))

    def add(self, data: bytes) -> None:
        with self._lock:
            self._tail = (self._tail + data)[-MAX_TAIL:]
            self._write(data)

    def _write(self, data: bytes) -> None:
        if self._file < 0:
            return
        try:
            if self._size > MAX_FILE:
                self._close()
                os.replace(self._path, self._path + ".1")
                self._open()
            self._size += os.write(self._file, data)
        except OSError as error:  # a full disk must not take the server along
            log.warning(f"{self._path}: {error.strerror}")
            self._close()

    def begin(self) -> None:
        """The last lines are those of a new process from now on."""
        with self._lock:
            self._tail = b""

    def read(self, most: int) -> bytes:
        """The last bytes of the file, and of the one before it."""
        data = b""
        for path in (self._path, self._path + ".1"):
            try:
                with open(path, "rb") as file:
                    size = os.fstat(file.fileno()).st_size
                    file.seek(max(0, size - (most - len(data))))
                    data = file.read(most - len(data)) + data
            except FileNotFoundError:
                continue
        return data

    def last_lines(self) -> str:
        return self._tail.decode("utf-8", "replace").strip()

    def close(self) -> None:
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _file_name(name: str) -> str:
    """Different names have different files, also where they must be rewritten."""
    safe = "".join(character if character.isalnum() or character in "-_." else "_" for character in name)[:100]
    return safe if safe == name else f"{safe}-{zlib.crc32(name.encode('utf-8', 'replace')):08x}"
