#!/usr/bin/env python3
"""Many local sandboxes at once through the server against as many bare ones.

Ours: so many times POST /create at once, which answers when the agent does; that each is healthy then is checked, and
not measured. Bare: bubblewrap with the same options and the agent as its first process, so many at once, each until its
GET /healthz answers 200.
"""
import argparse
import compileall
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import judge
import running

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "supervisor"))

from sandbox_supervisor import confinement, seccomp  # noqa: E402
from sandbox_supervisor.orders import Mount, Start  # noqa: E402

LIMIT = 1.3
MOST_MEMORY = 25  # MB
TURNS = 6
SETTLE = 0.3  # seconds: what the end of so many processes costs the kernel is not measured
DEADLINE = 60
TOKEN = "bench"


def wait(condition, what, pause=0.002):
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("%s did not happen within %d s" % (what, DEADLINE))
        time.sleep(pause)


def agents():
    """The processes of this machine that are agents in a bubble."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/cmdline" % name, "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"python3") and (confinement.AGENT + "/sandbox_agent").encode() in words:
                found.append(int(name))
    return found


class Manager:
    def __init__(self, port):
        self.port = port

    def call(self, method, **arguments):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            connection.request("POST", "/" + method, json.dumps(arguments), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
            return json.loads(content)["data"] if answer.status == 200 else None
        finally:
            connection.close()

    def create(self):
        name = self.call("create", sandbox_type="base")
        if not name:
            raise SystemExit("the server made no sandbox")
        return name


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("agent", timeout=DEADLINE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Bare:
    """Starts what the server's helper starts, with nothing around it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="bench-bare-")
        os.chmod(self.folder, 0o755)
        shutil.copytree(ROOT / "docker" / "agent" / "sandbox_agent", os.path.join(self.folder, "agent", "sandbox_agent"))
        compileall.compile_dir(os.path.join(self.folder, "agent"), quiet=1)
        self.host = confinement.Host.look()
        self.filter = seccomp.program()
        self.number = 0
        self.lock = threading.Lock()

    def start(self):
        with self.lock:
            self.number += 1
            number = self.number
        uid = 1_000_000_000 + number if self.host.privileged else os.getuid()
        workspace, path = os.path.join(self.folder, "w%d" % number), os.path.join(self.folder, "s%d" % number)
        os.mkdir(workspace)
        os.chown(workspace, uid, uid)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": confinement.HOME, "SECRET_TOKEN": TOKEN,
                       "AGENT_LISTEN_FD": str(listener.fileno())}
        order = Start("bare", environment, [Mount(workspace, "/workspace", False)], os.path.join(self.folder, "agent"), "/usr/bin/python3")
        reader, writer = os.pipe()
        files = {name: self._file(text) for name, text in confinement.accounts(uid).items()}
        filter_fd = self._file(self.filter)
        command = confinement.confined(self.host, order, uid, files, writer, filter_fd)
        descriptors = [listener.fileno(), writer, filter_fd, *files.values()]
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=descriptors)
        listener.close()
        for descriptor in descriptors[1:]:
            os.close(descriptor)
        with open(reader, "rb") as file:
            agent = json.loads(file.read())["child-pid"]
        wait(lambda: self._is_healthy(path), "health of a bare agent")
        return process, agent

    @staticmethod
    def _file(content):
        descriptor = os.memfd_create("bench")
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor

    @staticmethod
    def _is_healthy(path):
        connection = Connection(path)
        try:
            connection.request("GET", "/healthz", headers={"Authorization": "Bearer " + TOKEN})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def memory(pid):
    """Resident memory, MB."""
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def measure(rounds, count, warm_up):
    sizes = []
    bare = Bare()
    if agents():
        raise SystemExit("local sandboxes run on this machine already: they would be counted")
    with running.stopped_after(running.manager(CONTAINER_DEPLOYMENT="local")) as server:
        manager = Manager(server.port)

        def through_the_server():
            milliseconds, names = running.at_once(count, manager.create)
            sick = [name for name in names if manager.call("check_health", identity=name) is not True]
            if sick:
                raise SystemExit("created and not healthy: %s" % sick)
            found = agents()
            if len(found) != count:
                raise SystemExit("%d sandboxes are %d processes" % (count, len(found)))
            sizes.extend(memory(pid) for pid in found)
            for name in names:
                manager.call("release", identity=name)
            wait(lambda: not agents(), "the end of the sandboxes")
            time.sleep(SETTLE)
            return milliseconds

        def alone():
            milliseconds, started = running.at_once(count, bare.start)
            for process, agent in started:
                os.kill(agent, signal.SIGKILL)
                process.wait()
            time.sleep(SETTLE)
            return milliseconds

        try:
            for _ in range(warm_up):
                through_the_server()
            sizes.clear()
            return judge.interleaved(rounds, through_the_server, alone, turns=TURNS), sizes
        finally:
            bare.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--warm-up", type=int, default=30, help="unmeasured rounds of the server alone: its code is compiled meanwhile")
    options = parser.parse_args()
    (values, reference), sizes = measure(options.rounds, options.count, options.warm_up)
    status = judge.judge_ratio("%d local sandboxes at once, to the last one's first healthy answer, ms" % options.count,
                               "through the server", values, "bare bubblewrap", reference, LIMIT, digits=0)
    return judge.worst(status, judge.judge_value("resident memory of an idle agent, which is one process, MB", "agents", sizes, MOST_MEMORY))


if __name__ == "__main__":
    sys.exit(main())
