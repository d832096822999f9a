"""The workspace's files for tools that tell failures as Node does: `ENOENT: no such file or directory, open '/x'`."""

from __future__ import annotations

import errno
import os
import stat

from sandbox_agent.confined import Confined, Place
from sandbox_agent.errors import AgentError, OutsideWorkspace
from sandbox_agent.own_transport import ToolRefused
from sandbox_agent.uploads import Uploads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

BLOCK = 1 << 16
TEXTS = {
    errno.ENOENT: "no such file or directory", errno.EACCES: "permission denied", errno.EPERM: "operation not permitted",
    errno.EISDIR: "illegal operation on a directory", errno.ENOTDIR: "not a directory",
    errno.EEXIST: "file already exists", errno.ENOTEMPTY: "directory not empty", errno.EROFS: "read-only file system",
    errno.ENOSPC: "no space left on device", errno.ELOOP: "too many symbolic links encountered",
    errno.ENAMETOOLONG: "name too long", errno.EBUSY: "resource busy or locked",
    errno.EXDEV: "cross-device link not permitted", errno.EINVAL: "invalid argument",
}  # fmt: skip


class Told:
    """Gives what fails inside of it the form of the tools."""

    def __init__(self, action: str, written: str, root: str) -> None:
        self._action = action
        self._written = written
        self._root = root

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OutsideWorkspace):
            text = f"symlink target outside allowed directories: {_real(self._written)} not in {self._root}"
            raise ToolRefused(f"Access denied - {text}") from None
        if isinstance(error, AgentError):
            raise ToolRefused(str(error)) from None
        if isinstance(error, OSError):
            raise ToolRefused(f"{_told(error)}, {self._action} '{self._written}'") from None


def _real(path: str) -> str:
    try:
        return os.path.realpath(path)
    except OSError:  # it is another one by now
        return path


def _told(error: OSError) -> str:
    number = error.errno or 0
    return f"{errno.errorcode.get(number, 'EIO')}: {TEXTS.get(number, (error.strerror or str(error)).lower())}"


class FsAccess:
    def __init__(self, confined: Confined, uploads: Uploads, most: int) -> None:
        self.confined = confined
        self.root = confined.path
        self._uploads = uploads
        self._most = most

    def names(self, path: str) -> list[str]:
        """The components below the workspace; relative paths begin there, and `~` is the home folder."""
        absolute = os.path.normpath(os.path.join(self.root, os.path.expanduser(path) if path[:2] in ("~", "~/") else path))
        try:
            return self.confined.names(absolute)
        except OutsideWorkspace:
            text = f"path outside allowed directories: {absolute} not in {self.root}"
            raise ToolRefused(f"Access denied - {text}") from None
        except AgentError as error:
            raise ToolRefused(str(error)) from None

    def written(self, names: list[str]) -> str:
        return readable(self.confined.written(names))

    def told(self, action: str, names: list[str], to: list[str] | None = None) -> Told:
        written = self.confined.written(names)
        return Told(action, written if to is None else f"{written}' -> '{self.confined.written(to)}", self.root)

    def open_file(self, path: str) -> int:
        """A regular file. Others (pipes, devices) may never end."""
        names = self.names(path)
        with self.told("open", names):
            with self.confined.find(names) as place:
                descriptor = place.open(os.O_RDONLY | os.O_NONBLOCK)
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            return descriptor
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise ToolRefused("EISDIR: illegal operation on a directory, read")
        raise ToolRefused(f"'{self.written(names)}' is no regular file")

    def read(self, path: str) -> bytes:
        descriptor = self.open_file(path)
        try:
            return b"".join(self.pieces(descriptor, path))
        finally:
            os.close(descriptor)

    def pieces(self, descriptor: int, path: str) -> Iterator[bytes]:
        """Blocks of an open file, up to what an answer can take."""
        position = 0
        while data := os.pread(descriptor, BLOCK, position):
            position += len(data)
            if position > self._most:
                raise self._too_long(path)
            yield data

    def pieces_from_end(self, descriptor: int, path: str) -> Iterator[bytes]:
        """The same, the last block first."""
        size = position = os.fstat(descriptor).st_size
        while position > 0:
            length = min(BLOCK, position)
            position -= length
            if size - position > self._most:
                raise self._too_long(path)
            yield os.pread(descriptor, length, position)

    def _too_long(self, path: str) -> ToolRefused:
        advice = "read fewer lines of it, with head or tail"
        return ToolRefused(f"'{path}' has more than the {self._most} bytes that an answer takes: {advice}")

    def write(self, path: str, data: bytes) -> None:
        """All of it or nothing; a file that is there keeps its mode."""
        names = self.names(path)
        with self.told("open", names):
            with self.confined.find(names) as place:
                previous = self._replaceable(place, names)
                with self._uploads.begin(place.folder) as upload:
                    upload.write(data)
                    upload.publish(place.folder, place.name, previous)

    def _replaceable(self, place: Place, names: list[str]) -> os.stat_result | None:
        info = place.stat()
        if place.name == "." or (info is not None and stat.S_ISDIR(info.st_mode)):
            raise IsADirectoryError(errno.EISDIR, "")
        if info is not None and not stat.S_ISREG(info.st_mode):
            raise ToolRefused(f"'{self.written(names)}' is no regular file")
        return info

    def open_folder(self, names: list[str]) -> int:
        with self.told("scandir", names):
            with self.confined.find(names) as place:
                return place.open(os.O_RDONLY | os.O_DIRECTORY)

    def behind(self, names: Sequence[str]) -> os.stat_result | None:
        """What a path leads to; None if that is nothing, or not ours to see."""
        try:
            with self.confined.find(list(names)) as place:
                return place.stat()
        except OSError:
            return None

    def leads_out(self, names: Sequence[str]) -> bool:
        try:
            self.behind(names)
        except OutsideWorkspace:
            return True
        return False


def readable(text: str) -> str:
    """A name that is not UTF-8 has replacement characters."""
    return os.fsencode(text).decode("utf-8", "replace")
