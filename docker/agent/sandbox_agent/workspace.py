"""The workspace's entries: list, look, remove, move, make. Their contents are in `files`."""

from __future__ import annotations

import errno
import json
import os
import socket
import stat

from sandbox_agent import arguments
from sandbox_agent.confined import Confined, Place
from sandbox_agent.errors import BadArgument, Conflict, NotFound, OutsideWorkspace, StorageFailed
from sandbox_agent.http1 import Reply
from sandbox_agent.removal import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from types import TracebackType

    from sandbox_agent.arguments import Json

STAGING_PREFIX = ".sandbox-upload-"  # files that are still arriving; they are no entries yet
READ_FOLDER = os.O_RDONLY | os.O_DIRECTORY


class StorageErrors:
    """Gives what the file system refuses a name; what the client's connection does is left alone."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError) and not isinstance(error, (ConnectionError, socket.timeout)):
            raise StorageFailed(error) from error


class Workspace:
    def __init__(self, path: str) -> None:
        self._confined = Confined(path)

    def list(self, query: Mapping[str, str]) -> Reply:
        names = self._confined.names(arguments.query(query, "path"))
        depth = _depth(query.get("depth", "1"))
        with StorageErrors():
            try:
                with self._confined.find(names) as place:
                    top = place.open(READ_FOLDER)
            except (FileNotFoundError, NotADirectoryError):
                raise NotFound from None
        return Reply(200, Listing(self._confined, names, top, depth), "application/json")

    def exists(self, query: Mapping[str, str]) -> Json:
        names = self._confined.names(arguments.query(query, "path"))
        with StorageErrors():
            try:
                with self._confined.find(names) as place:
                    return {"exists": place.stat() is not None}
            except (FileNotFoundError, NotADirectoryError):
                return {"exists": False}

    def remove(self, query: Mapping[str, str]) -> None:
        names = self._confined.names(arguments.query(query, "path"))
        with StorageErrors():
            try:
                with self._confined.find(names, follow=False) as place:
                    remove_tree(place.folder, place.name)
            except (FileNotFoundError, NotADirectoryError):
                return

    def move(self, body: Json) -> Json:
        source = arguments.optional_string(body, "source")
        destination = arguments.optional_string(body, "destination")
        if not source or not destination:
            raise BadArgument("source and destination are required")
        origin, target = self._confined.names(source), self._confined.names(destination)
        if not origin or not target:
            raise Conflict("the workspace itself cannot be moved or replaced")
        with StorageErrors():
            try:
                place = self._confined.find(origin, follow=False)
            except (FileNotFoundError, NotADirectoryError):
                raise NotFound("source not found") from None
            with place:
                if place.stat() is None:
                    raise NotFound("source not found")
                with self._confined.find(target, follow=False, create=True) as goal:
                    _rename(place, goal)
                    return entry(self._confined, target, goal.stat())

    def make_directory(self, body: Json) -> Json:
        path = arguments.optional_string(body, "path")
        if not path:
            raise BadArgument("path is required")
        names = self._confined.names(path)
        with StorageErrors():
            with self._confined.find(names, create=True) as place:
                try:
                    if place.name != ".":
                        os.mkdir(place.name, dir_fd=place.folder)
                        return {"created": True}
                except FileExistsError:
                    info = place.stat()
                    if info is None or not stat.S_ISDIR(info.st_mode):
                        raise Conflict("path exists and is not a directory") from None
        return {"created": False}


def _rename(place: Place, goal: Place) -> None:
    try:
        os.rename(place.name, goal.name, src_dir_fd=place.folder, dst_dir_fd=goal.folder)
    except IsADirectoryError:
        raise Conflict("destination exists and is a directory") from None
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise Conflict("source and destination are on different file systems") from error
        if error.errno == errno.EINVAL:
            raise Conflict("a directory cannot be moved into itself") from error
        raise


def entry(confined: Confined, names: list[str], info: os.stat_result | None) -> Json:
    """What the wire tells about an entry. A link that stays inside counts as what it leads to."""
    if info is None:
        raise NotFound
    mode, size = info.st_mode, info.st_size
    if stat.S_ISLNK(mode):
        found = _behind_link(confined, names)
        if found is not None:
            mode, size = found.st_mode, found.st_size
    kind = (
        "dir" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "symlink" if stat.S_ISLNK(mode) else "other"
    )
    path = _readable(confined.written(names))
    return {
        "path": path,
        "name": path.rpartition("/")[2],
        "type": kind,
        "size": size if kind == "file" else None,
        "mtime_ms": info.st_mtime_ns // 1_000_000,
    }


def _behind_link(confined: Confined, names: list[str]) -> os.stat_result | None:
    try:
        with confined.find(names) as place:
            return place.stat()
    except (OSError, OutsideWorkspace):  # it leads nowhere, or out
        return None


def _readable(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "replace")


def _depth(text: str) -> int:
    try:
        depth = int(text)
    except ValueError:
        message = "Input should be a valid integer, unable to parse string as an integer"
        raise arguments.invalid("int_parsing", "depth", message, text, "query") from None
    if depth < 1:
        message = "Input should be greater than or equal to 1"
        raise arguments.invalid("greater_than_equal", "depth", message, text, "query")
    return depth


class Listing:
    """A JSON list of entries, written while folders are read: a workspace may hold millions of files."""

    def __init__(self, confined: Confined, names: list[str], top: int, depth: int) -> None:
        self._confined = confined
        self._top = top
        self._rows = self._walk(names, depth)
        self._started = False
        self._ended = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._ended:
            raise StopIteration
        piece = "" if self._started else "["
        for row in self._rows:
            text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
            piece += "," + text if self._started else text
            self._started = True
            if len(piece) >= 65536:
                return piece.encode("utf-8", "replace")
        self._ended = True
        return (piece + "]").encode("utf-8", "replace")

    def close(self) -> None:
        self._rows.close()
        if self._top >= 0:
            os.close(self._top)
            self._top = -1

    def _walk(self, names: list[str], depth: int) -> Generator[Json, None, None]:
        pending: list[list[str]] = [[]]
        while pending:
            below = pending.pop()
            for name, info in self._read(below):
                if stat.S_ISDIR(info.st_mode) and len(below) + 1 < depth:
                    pending.append([*below, name])
                yield entry(self._confined, [*names, *below, name], info)

    def _read(self, below: list[str]) -> list[tuple[str, os.stat_result]]:
        """A folder's entries; nothing if it is gone, closed to us, or no longer a folder."""
        rows = []
        folder = os.dup(self._top)
        try:
            for name in below:
                inner = os.open(name, READ_FOLDER | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
                os.close(folder)
                folder = inner
            with os.scandir(folder) as found:
                for item in found:
                    if not item.name.startswith(STAGING_PREFIX):
                        try:
                            rows.append((item.name, item.stat(follow_symlinks=False)))
                        except FileNotFoundError:
                            continue
        except OSError:
            return rows
        finally:
            os.close(folder)
        return rows
