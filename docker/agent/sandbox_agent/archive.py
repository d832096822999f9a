"""A folder of the workspace as one file, read and written while it is sent: tar for programs, zip for people."""

from __future__ import annotations

import calendar
import io
import os
import stat
import tarfile
import time
import zipfile
import zlib

from sandbox_agent.tree import Found, walk
from sandbox_agent.wire import ClientGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    Pieces = Generator[bytes, None, None]

BLOCK = 1 << 20
READ_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
KINDS = {"tar": "application/x-tar", "tar.gz": "application/gzip", "zip": "application/zip"}
EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip file can tell


class Packing:
    """The archive's bytes. Sockets, devices and pipes are left out: they mean nothing elsewhere."""

    def __init__(self, kind: str, top: int, single: str | None) -> None:
        """`top` is the open folder, and is closed in the end; with `single` only that entry of it is packed."""
        self._top = top
        self._single = single
        members = self._members()
        packed = _zip(members) if kind == "zip" else _tar(members)
        self._pieces = _gzip(packed) if kind == "tar.gz" else packed

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        self._pieces.close()
        if self._top >= 0:
            os.close(self._top)
            self._top = -1

    def _members(self) -> Iterator[Found]:
        if self._single is None:
            yield from walk(self._top)
        else:
            info = os.stat(self._single, dir_fd=self._top, follow_symlinks=False)
            yield Found((self._single,), info, self._top)


def _tar(members: Iterator[Found]) -> Pieces:
    for found in members:
        header = tarfile.TarInfo(found.path)
        header.mode = stat.S_IMODE(found.info.st_mode)
        header.mtime = found.info.st_mtime_ns // 10**9
        file = -1
        if found.is_folder:
            header.type = tarfile.DIRTYPE
        elif stat.S_ISLNK(found.info.st_mode):
            header.type = tarfile.SYMTYPE
            header.linkname = os.readlink(found.names[-1], dir_fd=found.folder)
        else:
            file = _open_file(found)
            if file < 0:
                continue
            header.size = os.fstat(file).st_size
        try:
            yield header.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
            if file >= 0:
                yield from _content(file, header.size)
                yield b"\0" * (-header.size % tarfile.BLOCKSIZE)
        finally:
            if file >= 0:
                os.close(file)
    yield b"\0" * (2 * tarfile.BLOCKSIZE)


def _zip(members: Iterator[Found]) -> Pieces:
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for found in members:
            name = os.fsencode(found.path).decode("utf-8", "replace")
            written = time.gmtime(found.info.st_mtime_ns // 10**9)[:6]
            header = zipfile.ZipInfo(name + "/" if found.is_folder else name, max(EARLIEST, written))
            header.external_attr = (found.info.st_mode & 0xFFFF) << 16
            header.compress_type = zipfile.ZIP_DEFLATED
            if found.is_folder:
                archive.writestr(header, b"")
            elif stat.S_ISLNK(found.info.st_mode):
                archive.writestr(header, os.fsencode(os.readlink(found.names[-1], dir_fd=found.folder)))
            else:
                yield from _zip_file(archive, header, found, sink)
            yield sink.taken()
    yield sink.taken()


def _zip_file(archive: zipfile.ZipFile, header: zipfile.ZipInfo, found: Found, sink: _Sink) -> Iterator[bytes]:
    file = _open_file(found)
    if file < 0:
        return
    try:
        with archive.open(header, "w", force_zip64=True) as member:
            while data := os.read(file, BLOCK):
                member.write(data)
                yield sink.taken()
    finally:
        os.close(file)


def _gzip(pieces: Pieces) -> Pieces:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def _open_file(found: Found) -> int:
    """A regular file; -1 for anything else, and for what is gone or closed to us."""
    if not stat.S_ISREG(found.info.st_mode):
        return -1
    try:
        file = os.open(found.names[-1], READ_FILE, dir_fd=found.folder)
    except OSError:
        return -1
    if stat.S_ISREG(os.fstat(file).st_mode):
        return file
    os.close(file)
    return -1


def _content(file: int, size: int) -> Iterator[bytes]:
    position = 0
    while position < size:
        data = os.pread(file, min(BLOCK, size - position), position)
        if not data:
            raise ClientGone  # the file became shorter than was said: only a broken connection can say so now
        position += len(data)
        yield data


class _Sink(io.RawIOBase):
    """What was written since it was last asked."""

    def __init__(self) -> None:
        super().__init__()
        self._data = bytearray()

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: object) -> int:
        assert isinstance(data, (bytes, bytearray, memoryview))
        self._data += data
        return len(data)

    def tell(self) -> int:
        raise io.UnsupportedOperation("this is a stream")

    def taken(self) -> bytes:
        data = bytes(self._data)
        self._data.clear()
        return data


class Member:
    """An entry of an archive that is being unpacked. `read` gives its content, for files."""

    def __init__(
        self, name: str, kind: str, mode: int, mtime: float, target: str, read: Callable[[int], bytes] | None
    ) -> None:
        self.name = name
        self.kind = kind  # "dir", "file", "symlink", "link", or "other"
        self.mode = mode
        self.mtime = mtime
        self.target = target
        self.read = read


def tar_members(read: Callable[[int], bytes]) -> Iterator[Member]:
    """Plain or compressed, whichever it is. `read` gives at most so many bytes, and none at the end."""
    with tarfile.open(fileobj=_Source(read), mode="r|*") as archive:
        for info in archive:
            kind = (
                "dir" if info.isdir() else "file" if info.isreg() else "symlink" if info.issym()
                else "link" if info.islnk() else "other"
            )  # fmt: skip
            content = archive.extractfile(info) if kind == "file" else None
            reader = content.read if content is not None else None
            yield Member(info.name, kind, info.mode, info.mtime, info.linkname, reader)


def zip_members(file: io.BufferedIOBase) -> Iterator[Member]:
    """A zip file's list is at its end, so it must be here as a whole."""
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16
            mtime = calendar.timegm((*info.date_time, 0, 0, -1))
            with archive.open(info) as content:
                if info.is_dir():
                    yield Member(info.filename, "dir", mode or 0o755, mtime, "", None)
                elif stat.S_ISLNK(mode):
                    yield Member(info.filename, "symlink", mode, mtime, os.fsdecode(content.read(4096)), None)
                else:
                    yield Member(info.filename, "file", mode or 0o644, mtime, "", content.read)


class _Source(io.RawIOBase):
    def __init__(self, read: Callable[[int], bytes]) -> None:
        super().__init__()
        self._read = read

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._read(size)
