"""The contents of files, streamed both ways."""

from __future__ import annotations

import codecs
import os
import stat

from sandbox_agent import arguments
from sandbox_agent.confined import Confined
from sandbox_agent.errors import BadArgument, Conflict, NotFound, NotText
from sandbox_agent.http1 import Reply
from sandbox_agent.multipart import parts
from sandbox_agent.pipes import PipePieces, write_pipe
from sandbox_agent.ranges import requested_range
from sandbox_agent.uploads import Upload, Uploads
from sandbox_agent.workspace import READ_FOLDER, StorageErrors, entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox_agent.arguments import Json
    from sandbox_agent.confined import Place
    from sandbox_agent.connection import Request
    from sandbox_agent.settings import Settings

BLOCK = 1 << 20
MAX_FIELD = 64 << 10
FORMATS = ("text", "bytes")


class Files:
    def __init__(self, settings: Settings) -> None:
        self._confined = Confined(settings.workspace)
        self._uploads = Uploads()
        self._stall = settings.call_timeout
        self._max_text = settings.max_json

    def discard_uploads(self) -> None:
        self._uploads.discard_all()

    def read(self, request: Request) -> Reply:
        names = self._confined.names(arguments.query(request.query, "path"))
        kind = request.query.get("format", "text")
        if kind not in FORMATS:
            raise arguments.invalid("literal_error", "format", "Input should be 'text' or 'bytes'", kind, "query")
        with StorageErrors():
            try:
                with self._confined.find(names) as place:
                    info = place.stat()
                    if info is None or not (stat.S_ISREG(info.st_mode) or stat.S_ISFIFO(info.st_mode)):
                        raise NotFound
                    if stat.S_ISFIFO(info.st_mode) and request.method == "HEAD":
                        return Reply(200, iter(()))  # opening it would let its writer go
                    descriptor = place.open(os.O_RDONLY | os.O_NONBLOCK)
            except (FileNotFoundError, NotADirectoryError):
                raise NotFound from None
            try:
                return self._reply(descriptor, kind, request)
            except BaseException:
                os.close(descriptor)
                raise

    def _reply(self, descriptor: int, kind: str, request: Request) -> Reply:
        info = os.fstat(descriptor)
        if stat.S_ISFIFO(info.st_mode):
            pieces = PipePieces(descriptor, request.caller, self._stall)
            if kind == "bytes":
                return Reply(200, pieces, "application/octet-stream")
            return Reply(200, _whole_text(pieces, self._max_text), "text/plain; charset=utf-8")
        size = info.st_size
        if kind == "text":
            _check_text(descriptor, size)
            return Reply(200, FilePieces(descriptor, 0, size), "text/plain; charset=utf-8", size)
        tag = f'"{info.st_mtime_ns:x}-{size:x}"'
        part = requested_range(request.headers, size, tag)
        start, end = part or (0, size)
        reply = Reply(206 if part else 200, FilePieces(descriptor, start, end), "application/octet-stream", end - start)
        reply.headers += [("accept-ranges", "bytes"), ("etag", tag)]
        if part:
            reply.headers.append(("content-range", f"bytes {start}-{end - 1}/{size}"))
        return reply

    def write(self, request: Request) -> Json:
        names = self._confined.names(arguments.query(request.query, "path"))
        with StorageErrors():
            if self._is_pipe(names):
                return self._write_pipe(names, request)
            with self._confined.nearest_folder(names[:-1]) as folder:
                with self._uploads.begin(folder.folder) as upload:
                    while piece := request.body.read(BLOCK):
                        upload.write(piece)
                    return self._publish(upload, names, "path exists and is a directory")

    def write_batch(self, request: Request) -> list[Json]:
        """No file appears before every part has arrived and every path is good."""
        paths: list[str] = []
        uploads: list[tuple[str, Upload]] = []
        with StorageErrors():
            with self._confined.find([]) as root:
                try:
                    for part in parts(request.headers.get("content-type", ""), lambda: request.body.read(BLOCK)):
                        if part.name == "paths":
                            paths.append(part.text(MAX_FIELD))
                        elif part.name == "files":
                            upload = self._uploads.begin(root.folder)
                            uploads.append((part.filename, upload))
                            for piece in part.pieces:
                                upload.write(piece)
                            upload.suspend()
                    return self._publish_all(paths, uploads)
                finally:
                    for _, upload in uploads:
                        upload.discard()

    def pack(self, request: Request) -> Reply:
        """A folder's contents, or one file, as an archive."""
        from sandbox_agent.archive import KINDS, Packing

        names = self._confined.names(request.query.get("path", "."))
        kind = _archive_kind(request, tuple(KINDS))
        with StorageErrors():
            try:
                with self._confined.find(names) as place:
                    info = place.stat()
                    if info is None:
                        raise NotFound
                    is_folder = stat.S_ISDIR(info.st_mode)
                    top = place.open(READ_FOLDER) if is_folder else os.dup(place.folder)
                    single = None if is_folder else place.name
            except (FileNotFoundError, NotADirectoryError):
                raise NotFound from None
        reply = Reply(200, Packing(kind, top, single), KINDS[kind])
        stem = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in (names or ["workspace"])[-1])
        reply.headers.append(("content-disposition", f'attachment; filename="{stem}.{kind}"'))
        return reply

    def unpack(self, request: Request) -> Json:
        from sandbox_agent.unpacking import Unpacking

        names = self._confined.names(request.query.get("path", "."))
        kind = _archive_kind(request, ("tar", "tar.gz", "zip"))
        with StorageErrors():
            with self._confined.find([*names, "."], create=True):
                pass
            return Unpacking(self._confined, self._uploads, names).run(kind, request.body)

    def _publish_all(self, paths: list[str], uploads: list[tuple[str, Upload]]) -> list[Json]:
        if paths and len(paths) != len(uploads):
            raise BadArgument("`paths` length must match `files` length")
        targets = paths or [filename for filename, _ in uploads]
        if not all(targets):
            raise BadArgument("missing target path for a part")
        goals = [self._confined.names(target) for target in targets]
        for target, names in zip(targets, goals):
            self._check_target(names, f"target exists and is a directory: {target}")
        return [
            self._publish(upload, names, f"target exists and is a directory: {target}")
            for target, names, (_, upload) in zip(targets, goals, uploads)
        ]

    def _check_target(self, names: list[str], if_folder: str) -> None:
        try:
            with self._confined.find(names) as place:
                _replaceable(place, if_folder)
        except FileNotFoundError:  # its folder will be made
            return

    def _publish(self, upload: Upload, names: list[str], if_folder: str) -> Json:
        with self._confined.find(names, create=True) as place:
            previous = _replaceable(place, if_folder)
            info = upload.publish(place.folder, place.name, previous)
            return entry(self._confined, names, info)

    def _is_pipe(self, names: list[str]) -> bool:
        """Also refuses what cannot be written, before the body is read."""
        try:
            with self._confined.find(names) as place:
                info = place.stat()
                if info is not None and stat.S_ISFIFO(info.st_mode):
                    return True
                _replaceable(place, "path exists and is a directory")
        except FileNotFoundError:
            return False
        return False

    def _write_pipe(self, names: list[str], request: Request) -> Json:
        with self._confined.find(names) as place:
            write_pipe(place, request, self._stall)
            return entry(self._confined, names, place.stat())


def _archive_kind(request: Request, kinds: tuple[str, ...]) -> str:
    kind = request.query.get("format", "tar")
    if kind not in kinds:
        message = f"Input should be {', '.join(kinds[:-1])} or {kinds[-1]}"
        raise arguments.invalid("literal_error", "format", message, kind, "query")
    return kind


def _replaceable(place: Place, if_folder: str) -> os.stat_result | None:
    """What stands where a file is to be put: a file, or nothing."""
    info = place.stat()
    if place.name == "." or (info is not None and stat.S_ISDIR(info.st_mode)):
        raise Conflict(if_folder)
    if info is not None and not stat.S_ISREG(info.st_mode):
        raise Conflict("path exists and is not a regular file")
    return info


class FilePieces:
    """A part of a file in blocks; closes the file when done with, read or not."""

    def __init__(self, descriptor: int, start: int, end: int) -> None:
        self._descriptor = descriptor
        self._position = start
        self._end = end

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data = os.pread(self._descriptor, min(BLOCK, self._end - self._position), self._position)
        if not data:
            raise StopIteration
        self._position += len(data)
        return data

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _check_text(descriptor: int, size: int) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for position in range(0, size, BLOCK):
            decoder.decode(os.pread(descriptor, min(BLOCK, size - position), position))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise NotText from None


def _whole_text(pieces: PipePieces, limit: int) -> bytes:
    data = bytearray()
    try:
        for piece in pieces:
            data += piece
            if len(data) > limit:
                raise NotText(f"the pipe holds more than {limit} bytes: read it with format=bytes")
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise NotText from None
    pieces.close()
    return bytes(data)
