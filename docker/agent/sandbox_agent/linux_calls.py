"""Two calls of the kernel that Python does not offer; where they are missing, the nearest thing that it does."""

from __future__ import annotations

import ctypes
import errno
import os
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
AT_EMPTY_PATH = 0x1000
STATX_BTIME = 0x800
RENAME_NOREPLACE = 1
NOT_OFFERED = (errno.ENOSYS, errno.EINVAL)  # by the kernel, or by the file system


def birth_time(descriptor: int) -> float:
    """When an open file was made; when it last changed, where nobody has written that down."""
    buffer = ctypes.create_string_buffer(256)
    statx = getattr(LIBC, "statx", None)
    if statx is not None and statx(descriptor, b"", AT_EMPTY_PATH, STATX_BTIME, buffer) == 0:
        if struct.unpack_from("=I", buffer, 0)[0] & STATX_BTIME:
            seconds, nanoseconds = struct.unpack_from("=qI", buffer, 80)
            return float(seconds) + float(nanoseconds) / 1e9
    return os.fstat(descriptor).st_ctime


def rename_to_new(source_folder: int, source: str, folder: int, name: str) -> None:
    """Renames, and raises `FileExistsError` where the new name is taken, even if only since a moment ago."""
    rename = getattr(LIBC, "renameat2", None)
    if rename is not None:
        if rename(source_folder, os.fsencode(source), folder, os.fsencode(name), RENAME_NOREPLACE) == 0:
            return
        number = ctypes.get_errno()
        if number not in NOT_OFFERED:
            raise OSError(number, os.strerror(number))
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(source, name, src_dir_fd=source_folder, dst_dir_fd=folder)
        return
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
