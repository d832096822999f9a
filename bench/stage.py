"""What the measurements of the warm path need beside the server: a Redis, an engine that starts nothing, the floor and its client."""
import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time

import running

TARGET = running.ROOT / "target" / "bench"
TAG = "{sandbox-manager}"
BATCH = 1000
DEADLINE = 60


class Process:
    """A program in a folder of its own, ended when it is no longer needed."""

    def __init__(self, command, listens, environment=(), folder=None):
        self.folder = folder or tempfile.TemporaryDirectory(prefix="bench-")
        self.log = open(os.path.join(self.folder.name, "log"), "w+b")
        self.process = subprocess.Popen(command, cwd=self.folder.name, env={**os.environ, **dict(environment)},
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        end = time.monotonic() + DEADLINE
        while not listens(self):
            if self.process.poll() is not None or time.monotonic() > end:
                self.log.seek(0)
                raise SystemExit("%s does not run:\n%s" % (command[0], self.log.read().decode(errors="replace")[-2000:]))
            time.sleep(0.01)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
        self.folder.cleanup()


def _accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Redis:
    def __init__(self):
        self.port = running.free_port()
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.server = Process(command, lambda _: _accepts(self.port))
        self.connection = socket.create_connection(("127.0.0.1", self.port), DEADLINE)
        self.answers = self.connection.makefile("rb")

    def do(self, *words):
        encoded = [str(word).encode() for word in words]
        self.connection.sendall(b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded))
        return self._read()

    def _read(self):
        line = self.answers.readline()
        kind, text = line[:1], line[1:].strip().decode()
        if kind == b"-":
            raise SystemExit("Redis: " + text)
        if kind == b":":
            return int(text)
        if kind == b"$":
            return None if text == "-1" else self.answers.read(int(text) + 2)[:-2].decode()
        if kind == b"*":
            return [self._read() for _ in range(int(text))]
        return text

    def stop(self):
        self.connection.close()
        self.server.stop()


class Engine:
    """A Docker Engine that starts nothing and answers at once."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="bench-")
        self.socket = os.path.join(self.folder.name, "engine.sock")
        self.process = Process([str(TARGET / "fakedocker")], lambda _: os.path.exists(self.socket), {"SOCK": self.socket}, self.folder)
        self.stop = self.process.stop


class Stage:
    """One or more of our servers on one Redis and one engine, with as many warm sandboxes as a measurement takes."""

    def __init__(self, servers=1, **settings):
        self.parts = []
        try:
            self.redis = self._add(Redis())
            self.engine = self._add(Engine())
            settings = {"DOCKER_HOST": "unix://" + self.engine.socket, "REDIS_ENABLED": "True", "REDIS_PORT": str(self.redis.port), "POOL_SIZE": "1",
                        "AUTO_CLEANUP": "False", "RECONCILE_INTERVAL": "1h", "VERIFY_INTERVAL": "1h", "MIN_FREE_DISK": "0",
                        "CONTAINER_DEPLOYMENT": "docker", **settings}
            self.servers = [self._add(running.manager(**settings)) for _ in range(servers)]
            self.model = self._model()
        except BaseException:
            self.stop()
            raise

    def _add(self, part):
        self.parts.append(part)
        return part

    def _model(self):
        """The first warm sandbox; from now on the pools are left as they are."""
        end = time.monotonic() + DEADLINE
        while not (warm := self.redis.do("ZRANGE", TAG + ":warm", 0, 0)):
            if time.monotonic() > end:
                raise SystemExit("the server makes no warm sandbox:\n" + self.servers[0].last_words())
            time.sleep(0.05)
        connection = http.client.HTTPConnection("127.0.0.1", self.servers[0].port, timeout=DEADLINE)
        connection.request("PUT", "/api/v1/pools/base/bounds", json.dumps({"min": 0, "max": 100000}), {"Content-Type": "application/json"})
        if connection.getresponse().status != 200:
            raise SystemExit("the pool cannot be resized")
        return warm[0]

    def stock(self, count, state="WARM"):
        script = (pathlib.Path(__file__).parent / "stock.lua").read_text()
        for first in range(0, count, BATCH):
            self.redis.do("EVAL", script, 1, TAG, self.model, first, min(BATCH, count - first), state)

    def warm(self):
        return self.redis.do("ZCARD", TAG + ":warm")

    def stop(self):
        for part in reversed(self.parts):
            part.stop()


class Floor:
    """The least that an acquire costs: HTTP without a framework and one script in Redis."""

    def __init__(self):
        self.port = running.free_port()
        self.redis = Redis()
        for number in range(1000):
            self.redis.do("RPUSH", "pool", "sb-%d" % number)
        digest = self.redis.do("SCRIPT", "LOAD", (pathlib.Path(__file__).parent / "acquire.lua").read_text())
        command = [running.JAVA, "-cp", str(TARGET / "floor"), "Floor", "s", str(self.port), str(self.redis.port), digest]
        self.server = Process(command, lambda _: _accepts(self.port))

    def stop(self):
        self.server.stop()
        self.redis.stop()


def load(port, connections, seconds):
    """Acquires in a closed loop. Returns how many a second, and the median in microseconds; four seconds go ahead unmeasured."""
    command = [running.JAVA, "-cp", str(TARGET / "floor"), "Floor", "c", str(port), str(connections), str(seconds)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + DEADLINE).stdout
    found = re.search(r"threads_finished=(\d+) n=\d+ rps=(\d+) p50\.0=([0-9.]+)us", told)
    if not found or int(found[1]) != connections:
        raise SystemExit("the client broke off: " + told)
    return float(found[2]), float(found[3])
