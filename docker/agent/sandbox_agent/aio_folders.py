"""The AIO routes of folders, and of whole files on their way in and out."""

from __future__ import annotations

import os
import stat

from sandbox_agent.aio_errors import AioFailed, FileErrors
from sandbox_agent.aio_files import KERNEL
from sandbox_agent.files import FilePieces
from sandbox_agent.fs_access import readable
from sandbox_agent.fs_walk import MAX_DEPTH, Found, entries, walk
from sandbox_agent.globs import Glob
from sandbox_agent.http1 import Reply
from sandbox_agent.multipart import parts
from sandbox_agent.own_transport import Patience, ToolRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from sandbox_agent.aio_files import AioFiles
    from sandbox_agent.arguments import Json
    from sandbox_agent.connection import Request
    from sandbox_agent.uploads import Upload

BLOCK = 1 << 20
WATCHED = 8 << 20  # of a download that may be looked at as a whole before it begins
READ_FOLDER = os.O_RDONLY | os.O_DIRECTORY


class AioFolders:
    def __init__(self, files: AioFiles) -> None:
        self._files = files

    def find(self, values: dict[str, Any]) -> Json:
        """A pattern without `/` is about names, in all folders below."""
        path, pattern = self._files.path(values["path"]), Glob(values["glob"])
        by_name = "/" not in values["glob"]
        found = [
            readable(os.path.join(path, *entry.names))
            for entry in self._walk(path, MAX_DEPTH, True)
            if pattern.matches(entry.names[-1:] if by_name else entry.names)
        ]
        return {"path": path, "files": found}

    def list(self, values: dict[str, Any]) -> Json:
        path = self._files.path(values["path"])
        depth = (values["max_depth"] or MAX_DEPTH) if values["recursive"] else 1
        kinds = tuple(kind if kind.startswith(".") else f".{kind}" for kind in values["file_types"] or ())
        rows = [
            _row(path, entry, values)
            for entry in self._walk(path, depth, values["show_hidden"])
            if not kinds or (not entry.is_folder and entry.names[-1].endswith(kinds))
        ]
        keys = {
            "name": lambda row: str(row["name"]).casefold(), "size": lambda row: row["_size"],
            "modified": lambda row: float(row["modified_time"]), "type": lambda row: (not row["is_directory"], str(row["extension"] or "")),
        }  # fmt: skip
        rows.sort(key=keys[values["sort_by"]], reverse=values["sort_desc"])
        for row in rows:
            del row["_size"]
        folders = sum(bool(row["is_directory"]) for row in rows)
        return {
            "path": path, "files": rows, "total_count": len(rows), "directory_count": folders, "file_count": len(rows) - folders,
        }  # fmt: skip

    def _walk(self, path: str, depth: int, hidden: bool) -> Iterator[Found]:
        def skipped(names: list[str]) -> bool:
            if len(names) > depth or (not hidden and names[-1].startswith(".")):
                return True
            return depth > 1 and path == "/" and f"/{names[0]}" in KERNEL  # endless, and no files

        with FileErrors(path, "list"):
            with self._files.find(path) as place:
                folder = place.open(READ_FOLDER)
        try:
            if depth == 1:
                yield from (entry for entry in entries(folder, []) if not skipped(entry.names))
            else:
                yield from walk(folder, skipped, Patience())
        except ToolRefused as error:
            raise AioFailed(str(error), "begin further below") from None
        finally:
            os.close(folder)

    def upload(self, request: Request) -> Json:
        """The name comes before or after the contents; nothing is seen before all of it has arrived."""
        upload: Upload | None = None
        target = filename = ""
        size = 0
        try:
            for part in parts(request.headers.get("content-type", ""), lambda: request.body.read(BLOCK)):
                if part.name == "path":
                    target = part.text(1 << 16)
                elif part.name == "file" and upload is None:
                    filename = os.path.basename(part.filename)
                    with FileErrors(filename, "upload"):
                        with self._files.workspace() as folder:
                            upload = self._files.uploads.begin(folder.folder)
                    for piece in part.pieces:
                        size += len(piece)
                        with FileErrors(filename, "upload"):
                            upload.write(piece)
            if upload is None:
                raise AioFailed("no part of the form is called file", "send multipart/form-data with file, and path if it is to go elsewhere")
            path = self._publish(upload, target, filename)
        finally:
            if upload is not None:
                upload.discard()
        return {"file_path": path, "file_size": size, "success": True}

    def _publish(self, upload: Upload, target: str, filename: str) -> str:
        path = self._files.path(target or filename)
        with FileErrors(path, "upload"):
            if target.endswith("/") or os.path.isdir(path):
                path = os.path.join(path, filename)
            with self._files.find(path, create=True) as place:
                upload.publish(place.folder, place.name, self._files.replaceable(path, place))
        return path

    def download(self, values: dict[str, Any]) -> Reply:
        """`abort` answers 409 for a file that changes meanwhile, and breaks off where the answer has begun."""
        path = self._files.path(values["path"])
        descriptor = self._files.open_file(path, "download")
        size = os.fstat(descriptor).st_size
        pieces: Iterator[bytes] | bytes = FilePieces(descriptor, 0, size)
        if values["change_policy"] == "abort":
            pieces = Watched(descriptor, size)
            if size <= WATCHED:
                try:
                    pieces = b"".join(pieces)
                except FileChanged as error:
                    failed = AioFailed(f"{path}: {error}", "ask again, or with change_policy=ignore")
                    failed.status = 409
                    raise failed from None
                finally:
                    os.close(descriptor)
        reply = Reply(200, pieces, "application/octet-stream", size)
        name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in os.path.basename(path))
        reply.headers.append(("content-disposition", f'attachment; filename="{name}"'))
        return reply


class FileChanged(ConnectionError):
    """While it was read. A connection that breaks says so where nothing else can any more."""


class Watched(FilePieces):
    def __init__(self, descriptor: int, size: int) -> None:
        super().__init__(descriptor, 0, size)
        self._file = descriptor
        self._before = os.fstat(descriptor)

    def __next__(self) -> bytes:
        now = os.fstat(self._file)
        if (now.st_mtime_ns, now.st_size) != (self._before.st_mtime_ns, self._before.st_size):
            raise FileChanged("the file was changed while it was read")
        return super().__next__()


def _row(path: str, entry: Found, values: dict[str, Any]) -> dict[str, Any]:
    name = readable(entry.names[-1])
    row: dict[str, Any] = {
        "name": name,
        "path": readable(os.path.join(path, *entry.names)),
        "is_directory": entry.is_folder,
        "size": entry.info.st_size if values["include_size"] and not entry.is_folder else None,
        "modified_time": str(entry.info.st_mtime),
        "permissions": oct(stat.S_IMODE(entry.info.st_mode))[2:] if values["include_permissions"] else None,
        "extension": None if entry.is_folder else os.path.splitext(name)[1] or None,
        "_size": entry.info.st_size,
    }
    return row
