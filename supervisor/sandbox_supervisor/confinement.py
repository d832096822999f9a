"""The command that becomes a sandbox: bubblewrap builds what it sees, and the agent is its first process."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Optional

from sandbox_supervisor.orders import Start

BWRAP = "bwrap"
SETPRIV = "setpriv"
AGENT = "/opt/sandbox-agent"
HOME = "/home/sandbox"
USER_OF_UNPRIVILEGED = 1000

# What programs take for granted; nothing of this machine's own in it.
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "ssl/certs", "ssl/openssl.cnf", "ca-certificates", "mime.types",
       "debian_version", "os-release", "python3", "python3.11", "python3.12", "python3.13", "magic", "bash.bashrc")  # fmt: skip
ETC_OF_NETWORK = ("resolv.conf", "hosts", "nsswitch.conf", "services", "protocols", "gai.conf")
LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


@dataclass(frozen=True)
class Host:
    """What this machine offers."""

    bwrap: Optional[str]
    setpriv: Optional[str]
    privileged: bool

    @staticmethod
    def look() -> Host:
        return Host(shutil.which(BWRAP), shutil.which(SETPRIV), os.geteuid() == 0)


def trouble(host: Host) -> str:
    """Why no sandbox can be confined here, empty if one can."""
    if host.bwrap is None:
        return "bubblewrap is not installed"
    if host.privileged and host.setpriv is None:
        return "setpriv is not installed"
    command = [host.bwrap, *_namespaces(host, network=False), "--ro-bind", "/", "/", "/bin/true"]
    tried = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    return "" if tried.returncode == 0 else tried.stderr.decode("utf-8", "replace").strip() or "bubblewrap fails"


def agent_command(start: Start, agent: str) -> list[str]:
    return [start.python, "-I", "-S", "-E", os.path.join(agent, "sandbox_agent")]


def confined(host: Host, start: Start, uid: int, files: dict[str, int], info: int, filter_fd: Optional[int]) -> list[str]:
    """`files` are descriptors with the content of files below /etc, by name."""
    assert host.bwrap is not None
    command = [host.bwrap, *_namespaces(host, start.network), "--info-fd", str(info)]
    if filter_fd is not None:
        command += ["--seccomp", str(filter_fd)]
    command += _folders(start)
    command += _system(start, files)
    command += _scratch(start)
    for mount in start.mounts:
        command += ["--ro-bind" if mount.read_only else "--bind", mount.source, mount.target]
    command += ["--remount-ro", "/", "--chdir", "/workspace" if start.workspace else "/"]
    command.append("--")
    if host.privileged:
        assert host.setpriv is not None
        command += [
            host.setpriv, "--reuid", str(uid), "--regid", str(uid), "--clear-groups",
            "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs",
        ]  # fmt: skip
    return command + agent_command(start, AGENT)


def _namespaces(host: Host, network: bool) -> list[str]:
    options = ["--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try", "--hostname", "sandbox"]
    options += ["--die-with-parent", "--new-session", "--as-pid-1", "--cap-drop", "ALL"]
    if not network:
        options.append("--unshare-net")
    if host.privileged:  # what setpriv needs, which then gives it up
        for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
            options += ["--cap-add", capability]
    else:
        user = str(USER_OF_UNPRIVILEGED)
        options += ["--unshare-user", "--disable-userns", "--uid", user, "--gid", user]
    return options


def _folders(start: Start) -> list[str]:
    """Those on the way to what is mounted: bubblewrap makes them by itself, but for root alone."""
    folders = dict.fromkeys(("/etc", "/etc/ssl", "/opt", "/var", "/home"))
    for mount in start.mounts:
        folder = os.path.dirname(mount.target)
        above = []
        while folder not in ("/", ""):
            above.append(folder)
            folder = os.path.dirname(folder)
        folders.update(dict.fromkeys(reversed(above)))
    return [word for folder in folders for word in ("--dir", folder)]


def _system(start: Start, files: dict[str, int]) -> list[str]:
    options = ["--ro-bind", "/usr", "/usr"]
    for link in LINKS:
        if os.path.islink("/" + link):
            options += ["--symlink", os.readlink("/" + link).lstrip("/"), "/" + link]
        elif os.path.isdir("/" + link):
            options += ["--ro-bind", "/" + link, "/" + link]
    for name in ETC + (ETC_OF_NETWORK if start.network else ()):
        options += ["--ro-bind-try", "/etc/" + name, "/etc/" + name]
    for name, descriptor in files.items():
        options += ["--perms", "0644", "--ro-bind-data", str(descriptor), "/etc/" + name]
    return options + ["--proc", "/proc", "--dev", "/dev", "--ro-bind", start.agent, AGENT]


def _scratch(start: Start) -> list[str]:
    options = []
    sizes = {folder: start.limits.scratch for folder in ("/tmp", "/var/tmp", HOME, "/run")}
    sizes["/dev/shm"] = start.limits.shm
    if not start.workspace:
        sizes["/workspace"] = start.limits.scratch
    for folder, size in sizes.items():
        options += ["--perms", "1777", "--size", str(size), "--tmpfs", folder]
    return options


def accounts(uid: int) -> dict[str, bytes]:
    """Names for the sandbox's user and no other."""
    return {
        "passwd": f"sandbox:x:{uid}:{uid}:sandbox:{HOME}:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n".encode(),
        "group": f"sandbox:x:{uid}:\nnogroup:x:65534:\n".encode(),
    }
