"""Paths that stay inside the workspace, even while somebody swaps folders for links.

A path is walked component by component from an open folder, never following a link: where a link stands, its target
is read and walked in the same way. So no moment exists between a check and its use, and `..` in a link is undone
on the list of folders we came through, not by the file system.
"""

from __future__ import annotations

import errno
import os

from sandbox_agent.errors import BadArgument, OutsideWorkspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

MAX_LINKS = 40
FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Place:
    """A name in an open folder; the name `.` is that folder itself."""

    def __init__(self, folder: int, name: str) -> None:
        self.folder = folder
        self.name = name

    def stat(self) -> os.stat_result | None:
        """Of the entry itself, link or not; None if there is none."""
        try:
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def open(self, flags: int, mode: int = 0o666) -> int:
        return os.open(self.name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=self.folder)

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.folder)


class Confined:
    def __init__(self, path: str) -> None:
        self.path = path
        self._real = os.path.realpath(path)  # an image may bring the workspace as a link; nobody else may

    def names(self, path: str) -> list[str]:
        """The components below the workspace of a relative or absolute path, as they are written."""
        if "\0" in path:
            raise BadArgument("the path contains a NUL character")
        full = os.path.normpath(os.path.join(self.path, path))
        names = _below(full, self.path)
        if names is None:
            raise OutsideWorkspace(self.path)
        return names

    def written(self, names: list[str]) -> str:
        return os.path.join(self.path, *names)

    def find(self, names: list[str], *, follow: bool = True, create: bool = False) -> Place:
        """Where a path leads. The last component need not exist; it is never a link if `follow`.

        `create` makes the folders on the way. Otherwise a missing one is a `FileNotFoundError`.
        """
        pending = names[::-1]
        passed: list[str] = []
        links = 0
        folder = self._open_root()
        try:
            while pending:
                name = pending.pop()
                if name == "..":
                    if not passed:
                        raise OutsideWorkspace(self.path)
                    passed.pop()
                    folder = self._reopen(folder, passed)
                    continue
                if not pending and not follow:
                    return Place(folder, name)
                target = _link_target(name, folder)
                if target is not None:
                    links += 1
                    if links > MAX_LINKS:
                        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                    if target.startswith("/"):
                        passed = []
                        folder = self._reopen(folder, passed)
                    pending.extend(reversed(self._link_names(target)))
                elif pending:
                    folder = _enter(folder, name, create)
                    passed.append(name)
                else:
                    return Place(folder, name)
            return Place(folder, ".")
        except BaseException:
            os.close(folder)
            raise

    def nearest_folder(self, names: list[str]) -> Place:
        """The deepest existing folder on the way to a path."""
        for count in range(len(names), -1, -1):
            try:
                place = self.find(names[:count])
            except FileNotFoundError:
                continue
            try:
                return Place(place.open(FOLDER), ".")
            except (FileNotFoundError, NotADirectoryError):
                continue
            finally:
                os.close(place.folder)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    def _link_names(self, target: str) -> list[str]:
        if not target.startswith("/"):
            return [name for name in target.split("/") if name not in ("", ".")]
        full = os.path.normpath(target)
        names = _below(full, self.path)
        names = _below(full, self._real) if names is None else names
        if names is None:
            raise OutsideWorkspace(self.path)
        return names

    def _open_root(self) -> int:
        try:
            return os.open(self._real, FOLDER)
        except FileNotFoundError:  # a command may have removed it
            os.makedirs(self._real, exist_ok=True)
            return os.open(self._real, FOLDER)

    def _reopen(self, folder: int, names: list[str]) -> int:
        """Another folder in place of `folder`, which stays open if that fails."""
        other = self._open_root()
        try:
            for name in names:
                other = _enter(other, name, create=False)
        except BaseException:
            os.close(other)
            raise
        os.close(folder)
        return other


def _below(path: str, root: str) -> list[str] | None:
    root = root.rstrip("/")
    if path == root or path == root + "/":
        return []
    return path[len(root) + 1 :].split("/") if path.startswith(root + "/") else None


def _link_target(name: str, folder: int) -> str | None:
    try:
        return os.readlink(name, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENOENT):  # no link, or nothing there
            return None
        raise


def _enter(folder: int, name: str, create: bool) -> int:
    """The folder `name` in `folder`, which is closed if that succeeds."""
    try:
        inner = os.open(name, FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if not create:
            raise
        try:
            os.mkdir(name, dir_fd=folder)
        except FileExistsError:  # somebody else was as fast
            pass
        inner = os.open(name, FOLDER, dir_fd=folder)
    os.close(folder)
    return inner
