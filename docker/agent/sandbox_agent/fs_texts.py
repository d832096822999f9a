"""How the filesystem tools write sizes, dates and kinds, and what their patterns mean."""

from __future__ import annotations

import time

from sandbox_agent.fs_access import readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox_agent.fs_walk import Found
    from sandbox_agent.globs import Glob

UNITS = ("B", "KB", "MB", "GB", "TB")
MEDIA = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
    ".bmp": "image/bmp", ".svg": "image/svg+xml", ".mp3": "audio/mpeg", ".wav": "audio/wav", ".ogg": "audio/ogg",
    ".flac": "audio/flac",
}  # fmt: skip


def mark(entry: Found) -> str:
    return "[DIR]" if entry.is_folder else "[FILE]"


def name_of(entry: Found) -> str:
    return readable(entry.names[-1])


def in_units(size: int) -> str:
    power = 0
    while power < len(UNITS) - 1 and size >= 1024 ** (power + 1):
        power += 1
    return f"{size / 1024**power:.2f} {UNITS[power]}" if power else f"{size} B"


def meant(pattern: str) -> list[str]:
    """A plain name to be left out of a tree is left out wherever it stands, with all below it."""
    return [pattern] if "*" in pattern else [pattern, f"**/{pattern}", f"**/{pattern}/**"]


def any_matches(patterns: Sequence[Glob], names: list[str]) -> bool:
    return any(pattern.matches(names) for pattern in patterns)


def date(seconds: float) -> str:
    return time.strftime("%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)", time.gmtime(seconds))


def word(value: bool) -> str:
    return "true" if value else "false"
