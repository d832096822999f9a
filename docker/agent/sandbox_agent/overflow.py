"""Files for output that is too long for an answer: the last few are kept, each up to a size."""

from __future__ import annotations

import os
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.settings import Settings

KEPT = 8
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class OverflowFolder:
    def __init__(self, settings: Settings) -> None:
        self._folder = os.path.join(settings.log_dir, "output")
        self._most = settings.max_overflow
        self._lock = threading.Lock()
        self._paths: list[str] = []
        self._count = 0

    def open(self) -> OverflowFile | None:
        """None if overflowing output is not to be kept."""
        if not self._most:
            return None
        with self._lock:
            self._count += 1
            path = os.path.join(self._folder, f"{os.getpid()}-{self._count}.txt")
            self._paths.append(path)
            old, self._paths = self._paths[:-KEPT], self._paths[-KEPT:]
        for gone in old:
            _remove(gone)
        return OverflowFile(path, self._most)


class OverflowFile:
    """Says how far it got instead of failing: the output is more important than its copy."""

    def __init__(self, path: str, most: int) -> None:
        self.size = 0
        self._path = path
        self._most = most
        self._reason = ""
        self._file = -1
        try:
            folder = os.path.dirname(path)
            os.makedirs(folder, mode=0o700, exist_ok=True)
            self._most = min(most, _room(folder))
            self._file = os.open(path, CREATE, 0o600)
        except OSError as error:
            self._stop(error)

    def write(self, data: bytes) -> None:
        if self._file < 0:
            return
        view = memoryview(data)[: self._most - self.size]
        try:
            while view:
                written = os.write(self._file, view)
                self.size += written
                view = view[written:]
        except OSError as error:  # a full disk
            self._stop(error)
        if self.size >= self._most and self._file >= 0:
            self._reason = f"more than {self._most} bytes are not kept"
            self.close()

    def _stop(self, error: OSError) -> None:
        self._reason = (error.strerror or str(error)).lower()
        self.close()

    def described(self, total: int) -> str:
        """Where all of it, or the first part, can be read."""
        if self.size == total:
            return f"all {total} bytes are in {self._path}"
        return f"the first {self.size} bytes are in {self._path} ({self._reason})"

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _room(folder: str) -> int:
    """Half of what is free there: the other half is for what the user wants to put there."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize // 2


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:  # somebody tidied up before us
        return
