"""Files that appear under their name only when they are complete."""

from __future__ import annotations

import errno
import os
import stat
import threading
import uuid

from sandbox_agent.workspace import STAGING_PREFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
BLOCK = 1 << 20


class Uploads:
    """Those under way, so that the end of the agent leaves none of them behind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[Upload] = set()

    def begin(self, folder: int) -> Upload:
        upload = Upload(self, folder)
        with self._lock:
            self._open.add(upload)
        return upload

    def forget(self, upload: Upload) -> None:
        with self._lock:
            self._open.discard(upload)

    def discard_all(self) -> None:
        with self._lock:
            remaining = list(self._open)
        for upload in remaining:
            upload.discard()


class Upload:
    def __init__(self, uploads: Uploads, folder: int) -> None:
        self._uploads = uploads
        self._name: str | None = f"{STAGING_PREFIX}{uuid.uuid4().hex}"
        self._folder = os.dup(folder)
        try:
            self._file = os.open(self._name, CREATE, 0o666, dir_fd=self._folder)
        except BaseException:
            os.close(self._folder)
            raise

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]

    @property
    def descriptor(self) -> int:
        """What was written so far, for reading it from its beginning."""
        os.lseek(self._file, 0, os.SEEK_SET)
        return self._file

    def describe(self, mode: int, mtime: float) -> None:
        """Rights and time of change that it is to have, where it does not take another file's place."""
        os.fchmod(self._file, mode)
        os.utime(self._file, (mtime, mtime))

    def suspend(self) -> None:
        """Holds no open file until it is published: a batch may have thousands."""
        os.close(self._file)
        self._file = -1

    def publish(self, folder: int, name: str, previous: os.stat_result | None) -> os.stat_result:
        """Takes the place of `previous`, whose mode it inherits, in one step."""
        assert self._name is not None
        if self._file < 0:
            self._file = os.open(self._name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._folder)
        if previous is not None:
            os.fchmod(self._file, stat.S_IMODE(previous.st_mode))
        try:
            os.rename(self._name, name, src_dir_fd=self._folder, dst_dir_fd=folder)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return self._copy(folder, name, previous)
        info = os.fstat(self._file)
        self._name = None
        self.discard()
        return info

    def _copy(self, folder: int, name: str, previous: os.stat_result | None) -> os.stat_result:
        """The target lies on another file system: a staged copy over there can take its place."""
        with self._uploads.begin(folder) as copy:
            position = 0
            while data := os.pread(self._file, BLOCK, position):
                copy.write(data)
                position += len(data)
            return copy.publish(folder, name, previous)

    def discard(self) -> None:
        """Removes what was not published; may be called any number of times."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        if self._name is not None:
            try:
                os.unlink(self._name, dir_fd=self._folder)
            except FileNotFoundError:  # a command tidied up before us
                pass
            self._name = None
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1
        self._uploads.forget(self)

    def __enter__(self) -> Upload:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()
