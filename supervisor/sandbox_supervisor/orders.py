"""What the server orders: one JSON object a line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional


@dataclass(frozen=True)
class Mount:
    source: str
    target: str
    read_only: bool


@dataclass(frozen=True)
class Limits:
    """Zero stands for no limit."""

    memory: int = 0  # bytes
    pids: int = 0
    cpus: float = 0.0
    shm: int = 64 << 20  # bytes
    scratch: int = 256 << 20  # bytes of each temporary folder
    file_size: int = 0  # bytes of one file


@dataclass(frozen=True)
class Start:
    """A sandbox to be started. `uid` is the one that it had before, if it was stopped and goes on."""

    ref: str
    environment: dict[str, str]
    mounts: list[Mount]
    agent: str
    python: str
    network: bool = False
    uid: Optional[int] = None
    limits: Limits = field(default_factory=Limits)

    @property
    def workspace(self) -> Optional[Mount]:
        return next((mount for mount in self.mounts if mount.target == "/workspace"), None)


def parse_start(order: dict[str, Any]) -> Start:
    known = {name: order[name] for name in ("ref", "environment", "agent", "python")}
    return Start(
        **known,
        mounts=[Mount(**mount) for mount in order.get("mounts", [])],
        network=bool(order.get("network", False)),
        uid=order.get("uid"),
        limits=Limits(**order.get("limits", {})),
    )
