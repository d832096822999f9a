"""What the environment says, read once and checked at the start."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping

DEFAULT_TOKEN = "secret_token123"
SECRETS = ("SECRET_TOKEN", "AGENT_TOKEN_FD", "AGENT_LISTEN_FD", "AGENT_LIFELINE_FD", "AGENT_ENVIRONMENT_FD")
DESCRIPTORS = ("AGENT_LISTEN_FD", "AGENT_LIFELINE_FD", "AGENT_ENVIRONMENT_FD")
FEATURES = ("filesystem", "aio")
MIB = 1 << 20


class SettingError(Exception):
    """A variable holds something unusable; the message names it as the user wrote it."""


class Settings:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.host = environ.get("AGENT_HOST") or "0.0.0.0"
        self.port = int(_number(environ, "AGENT_PORT", 80, 0, 65535))
        self.socket = environ.get("AGENT_SOCKET") or None
        self.listen_fd = _descriptor(environ, "AGENT_LISTEN_FD")
        self.lifeline_fd = _descriptor(environ, "AGENT_LIFELINE_FD")
        self.workspace = os.path.abspath(environ.get("WORKSPACE_DIR") or "/workspace")
        self.call_timeout = _call_timeout(environ)
        self.max_json = int(_number(environ, "AGENT_MAX_JSON", 64 * MIB, 1, 1 << 40))
        self.max_output = int(_number(environ, "AGENT_MAX_OUTPUT", 8 * MIB, 1024, 1 << 40))
        self.max_overflow = int(_number(environ, "AGENT_MAX_OVERFLOW", 256 * MIB, 0, 1 << 50))
        self.max_connections = int(_number(environ, "AGENT_MAX_CONNECTIONS", 128, 1, 100_000))
        self.idle_timeout = _number(environ, "AGENT_IDLE_TIMEOUT", 75, 0.1, 86400)
        self.python = environ.get("AGENT_PYTHON") or None
        package = os.path.dirname(os.path.abspath(__file__))
        self.mcp_config = environ.get("AGENT_MCP_CONFIG") or os.path.join(
            os.path.dirname(package), "mcp_server_configs.json"
        )
        self.desktop_config = environ.get("AGENT_DESKTOP_CONFIG") or os.path.join(os.path.dirname(package), "desktop.json")
        self.cdp = _address(environ, "AGENT_CDP")
        self.browser_policies = environ.get("AGENT_BROWSER_POLICIES") or "/etc/chromium/policies/managed"
        self.features = _features(environ)
        self.log_dir = environ.get("AGENT_LOG_DIR") or "/tmp/sandbox-agent"
        self.token = _token(environ)
        # What commands, cells and servers get: the container's environment less what opens the agent.
        self.environment = {name: value for name, value in environ.items() if name not in SECRETS}


def take_environment(environ: MutableMapping[str, str]) -> None:
    """Adds the variables that wait behind a descriptor: none of them has acted on what came before the agent.

    The descriptor's own variables win over what is read there.
    """
    descriptor = _descriptor(environ, "AGENT_ENVIRONMENT_FD")
    if descriptor is None:
        return
    with os.fdopen(descriptor, "rb") as block:
        for entry in block.read().split(b"\0"):
            name, equals, value = os.fsdecode(entry).partition("=")
            if equals and name not in DESCRIPTORS:
                environ[name] = value


def _number(environ: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    text = environ.get(name, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        raise SettingError(f"{name}={text!r} is not a number") from None
    if not least <= value <= most:
        raise SettingError(f"{name}={text!r} is not between {least:g} and {most:g}")
    return value


def _descriptor(environ: Mapping[str, str], name: str) -> int | None:
    descriptor = environ.get(name, "")
    if descriptor and not descriptor.isdigit():
        raise SettingError(f"{name}={descriptor!r} is not a file descriptor")
    return int(descriptor) if descriptor else None


def _address(environ: Mapping[str, str], name: str) -> tuple[str, int] | None:
    text = environ.get(name, "")
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port[:6]) <= 65535):
        raise SettingError(f"{name}={text!r} is no host and port, such as 127.0.0.1:9222")
    return host, int(port)


def _features(environ: Mapping[str, str]) -> frozenset[str]:
    names = frozenset(name.strip() for name in environ.get("AGENT_FEATURES", "").split(",") if name.strip())
    for name in sorted(names.difference(FEATURES)):
        raise SettingError(f"AGENT_FEATURES: there is no feature {name!r}, only {' and '.join(FEATURES)}")
    return names


def _call_timeout(environ: Mapping[str, str]) -> float:
    if environ.get("AGENT_CALL_TIMEOUT"):
        return _number(environ, "AGENT_CALL_TIMEOUT", 60, 0.001, 86400)
    try:  # written for nginx, which knows units: anything but plain seconds is not for us
        value = float(environ.get("NGINX_TIMEOUT", "").rstrip("s") or 60)
    except ValueError:
        return 60.0
    return value if 0 < value <= 86400 else 60.0


def _token(environ: Mapping[str, str]) -> str:
    descriptor = environ.get("AGENT_TOKEN_FD", "")
    if not descriptor:
        return environ.get("SECRET_TOKEN") or DEFAULT_TOKEN
    if not descriptor.isdigit():
        raise SettingError(f"AGENT_TOKEN_FD={descriptor!r} is not a file descriptor")
    token = _first_line(int(descriptor))
    if not token:
        raise SettingError(f"AGENT_TOKEN_FD={descriptor!r}: nothing could be read there")
    return token


def _first_line(descriptor: int) -> str:
    data = b""
    try:
        while b"\n" not in data and len(data) < 4096:
            block = os.read(descriptor, 4096)
            if not block:
                break
            data += block
        if descriptor > 2:
            os.close(descriptor)
        else:  # the number must stay taken, or the next file opened would be somebody's standard input
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, descriptor)
            os.close(null)
    except OSError as error:
        raise SettingError(f"AGENT_TOKEN_FD={descriptor}: {error.strerror}") from None
    return data.split(b"\n")[0].decode("ascii", "replace").strip()
