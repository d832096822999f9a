"""Puts the parts together, serves, and takes everything down again."""

from __future__ import annotations

import os
import sys
import threading

from sandbox_agent import log
from sandbox_agent.auth import Authenticator
from sandbox_agent.routes import Router
from sandbox_agent.server import Server, listen, port_of
from sandbox_agent.services import Services
from sandbox_agent.settings import DEFAULT_TOKEN, SettingError, Settings, take_environment

THREAD_STACK = 1 << 20


def main() -> int:
    try:
        take_environment(os.environ)
        settings = Settings(os.environ)
    except SettingError as error:
        log.warning(f"cannot start: {error}")
        return 2
    if settings.token == DEFAULT_TOKEN:
        log.warning("SECRET_TOKEN is not set: anybody who knows the default token can use this sandbox")
    try:
        os.makedirs(settings.workspace, exist_ok=True)
    except OSError as error:
        log.warning(f"WORKSPACE_DIR={settings.workspace!r}: {error.strerror}")
    threading.stack_size(THREAD_STACK)
    services = Services(settings)
    router = Router(services, Authenticator(settings.token))
    try:
        listener = listen(settings)
    except OSError as error:
        place = settings.socket or f"{settings.host}:{settings.port}"
        log.warning(f"cannot listen on {place}: {error.strerror}")
        return 1
    services.own_port = port_of(listener)
    services.start_servers()
    services.server = Server(listener, router.handle, settings)
    services.server.run(services.reap)
    listener.close()
    if settings.socket:
        _remove(settings.socket)
    services.stop()
    sys.stderr.flush()
    os._exit(0)  # threads may still hold replies that nobody waits for


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:  # somebody tidied up before us
        return
