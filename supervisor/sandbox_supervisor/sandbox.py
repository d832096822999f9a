"""One sandbox: its socket, its process, what it says and how it ends."""

from __future__ import annotations

import itertools
import json
import os
import pwd
import resource
import secrets
import signal
import socket
import subprocess
from typing import Callable, Optional

from sandbox_supervisor import confinement, ownership
from sandbox_supervisor.cgroups import Cgroups, Group
from sandbox_supervisor.confinement import HOME, Host
from sandbox_supervisor.orders import Limits, Start

BACKLOG = 1024
FIRST_UID, UIDS = 1_000_000_000, 1_000_000_000
PATH = "/usr/local/bin:/usr/bin:/bin"
OPEN_FILES = 65_536
EXIT_OF_SIGNALS = 128

# A name of its own for each start: a connection kept from before must not be taken for one to what runs now.
_starts = itertools.count()


def limit_what_starts() -> None:
    """Limits of all sandboxes, which they inherit."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, min(OPEN_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


class Sandbox:
    def __init__(
        self, host: Host, start: Start, folder: str, cgroups: Cgroups, filter_program: Optional[bytes], lifeline: int
    ) -> None:
        self.ref = start.ref
        self.socket_path = os.path.join(folder, f"{start.ref[:12]}-{next(_starts)}")
        self.uid = start.uid if start.uid is not None else (_new_uid() if host.privileged else os.getuid())
        self.stopping = False
        self._lifeline = lifeline
        self._confined = host.bwrap is not None
        self._own_user = host.privileged
        self._info = -1
        self.output = -1
        self._group: Optional[Group] = cgroups.make(start.ref, start.limits) if cgroups.controllers else None
        try:
            self._run(host, start, cgroups.controllers, filter_program)
        except BaseException:
            if self.output >= 0:
                os.close(self.output)
            self.clean_up()
            raise

    def _run(self, host: Host, start: Start, by_group: list[str], filter_program: Optional[bytes]) -> None:
        workspace = start.workspace
        if host.privileged and workspace is not None:
            ownership.give(workspace.source, self.uid, _is_ours)
        self.output, output_writer = os.pipe()
        inherited: list[int] = [output_writer]
        try:
            listener = _listen(self.socket_path)
            inherited.append(listener)
            variables = dict(start.environment)
            if not self._confined:
                variables["WORKSPACE_DIR"] = workspace.source if workspace is not None else "/tmp"
            inherited.append(_memory_file(_block(variables)))
            environment = _environment(listener, self._lifeline, inherited[-1])
            if self._confined:
                self._info, info_writer = os.pipe()
                inherited.append(info_writer)
                filter_fd = None
                if filter_program is not None:
                    inherited.append(filter_fd := _memory_file(filter_program))
                files = {}
                for name, text in confinement.accounts(self.uid if host.privileged else confinement.USER_OF_UNPRIVILEGED).items():
                    inherited.append(_memory_file(text))
                    files[name] = inherited[-1]
                command = confinement.confined(host, start, self.uid, files, info_writer, filter_fd)
            else:
                command = confinement.agent_command(start, start.agent)
            prepare: Optional[Callable[[], None]] = lambda: self._prepare(host, start.limits, by_group)
            if self._confined and self._group is not None and {"memory", "pids"} <= set(by_group):
                command = [*self._group.entrance(start.limits.file_size), *command]
                prepare = None  # with it the supervisor itself is copied for each start
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output_writer,
                stderr=output_writer,
                pass_fds=[*inherited[1:], self._lifeline],
                preexec_fn=prepare,
            )
        finally:
            for descriptor in inherited:
                os.close(descriptor)
        os.set_blocking(self.output, False)

    def _prepare(self, host: Host, limits: Limits, by_group: list[str]) -> None:
        """Between fork and exec: what comes after is the sandbox, or builds it."""
        if self._group is not None:
            self._group.enter()
        if limits.file_size:
            _limit(resource.RLIMIT_FSIZE, limits.file_size)
        if limits.memory and "memory" not in by_group:
            _limit(resource.RLIMIT_AS, limits.memory)
        if limits.pids and "pids" not in by_group:
            _limit(resource.RLIMIT_NPROC, limits.pids)
        if not self._confined:
            os.setsid()
            if host.privileged:
                os.setgroups([])
                os.setresgid(self.uid, self.uid, self.uid)
                os.setresuid(self.uid, self.uid, self.uid)

    @property
    def first_process(self) -> int:
        """The agent, as this machine numbers it; bubblewrap itself as long as there is none."""
        if self._info >= 0:
            data = b""
            while block := os.read(self._info, 4096):
                data += block
            os.close(self._info)
            self._info = -1
            try:
                self._agent = int(json.loads(data)["child-pid"])
            except (ValueError, KeyError):
                self._agent = self.process.pid
        return self._agent if self._confined else self.process.pid

    def terminate(self) -> None:
        self.stopping = True
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """The end of the first process is that of its namespace; without one, all have to be found."""
        self.stopping = True
        if not self._confined:
            self._kill_session()
            self._kill_others()
        self._signal(signal.SIGKILL)
        if self._confined and self.first_process == self.process.pid:
            self.process.kill()

    def _signal(self, number: int) -> None:
        if self.process.poll() is None:
            try:
                os.kill(self.first_process, number)
            except ProcessLookupError:  # it has just ended by itself
                return

    def _kill_session(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def _kill_others(self) -> None:
        """What has left the session: by its group, else by its user, who is nobody else's."""
        if self._group is not None:
            self._group.kill()
        elif self._own_user:
            for process in filter(str.isdigit, os.listdir("/proc")):
                try:
                    if os.stat("/proc/" + process).st_uid == self.uid:
                        os.kill(int(process), signal.SIGKILL)
                except (FileNotFoundError, ProcessLookupError):  # it has just ended by itself
                    continue

    def exit_code(self) -> Optional[int]:
        """None while it runs; a process that a signal ended has 128 and its number, as in a shell."""
        code = self.process.poll()
        return code if code is None or code >= 0 else EXIT_OF_SIGNALS - code

    def out_of_memory(self) -> bool:
        return self._group is not None and self._group.out_of_memory()

    def clean_up(self) -> bool:
        """Whether nothing is left. Its last processes may still be ending."""
        if os.path.lexists(self.socket_path):
            os.unlink(self.socket_path)
        if self._info >= 0:
            os.close(self._info)
            self._info = -1
        if not self._confined and self.output >= 0:
            self._kill_others()
        return self._group is None or self._group.remove()


def _is_ours(uid: int) -> bool:
    """Whether it is the server itself or the user of a sandbox."""
    return uid == os.getuid() or FIRST_UID <= uid < FIRST_UID + UIDS


def _new_uid() -> int:
    """One that nobody has, so that no two sandboxes and no user share files, limits or signals."""
    while True:
        uid = FIRST_UID + secrets.randbelow(UIDS)
        try:
            pwd.getpwuid(uid)
        except KeyError:
            return uid


def _listen(path: str) -> int:
    """A socket that the sandbox gets as a descriptor and never sees by name: it cannot put a link in its place."""
    listener = socket.socket(socket.AF_UNIX)
    previous = os.umask(0o177)
    try:
        listener.bind(path)
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    finally:
        os.umask(previous)
    return listener.detach()


def _environment(listener: int, lifeline: int, variables: int) -> dict[str, str]:
    """What the programs that build the sandbox get: nothing of its owner's, since they have rights that it has not."""
    own = {"PATH": PATH, "HOME": HOME, "USER": "sandbox", "LOGNAME": "sandbox", "LANG": "C.UTF-8", "SHELL": "/bin/bash"}
    return {**own, "AGENT_LISTEN_FD": str(listener), "AGENT_LIFELINE_FD": str(lifeline), "AGENT_ENVIRONMENT_FD": str(variables)}


def _block(variables: dict[str, str]) -> bytes:
    """The sandbox's variables as the agent reads them, from within."""
    for name, value in variables.items():
        if "\0" in name + value or "=" in name or not name:
            raise ValueError(f"no variable can be called {name!r} or hold a NUL")
    return b"".join(os.fsencode(f"{name}={value}") + b"\0" for name, value in variables.items())


def _memory_file(content: bytes) -> int:
    descriptor = os.memfd_create("sandbox")
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _limit(kind: int, value: int) -> None:
    resource.setrlimit(kind, (value, value))
