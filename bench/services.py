"""What a measurement of the shared state runs beside the server: Redis, an engine that costs nothing, the floor.

Each is started in a folder and on a port or socket of its own, and ended with the block that it is used in.
"""
import contextlib
import http.client
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import running

PROGRAMS = running.ROOT / "target" / "bench"
BENCH = pathlib.Path(__file__).resolve().parent
DEADLINE = 120
PREFIX = "bench%d_" % os.getpid()  # what running.manager calls its containers


def wait(condition, what, pause=0.005, seconds=DEADLINE):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("%s did not happen within %d s" % (what, seconds))
        time.sleep(pause)


@contextlib.contextmanager
def program(command, is_ready, environment=()):
    """Runs a program in an empty folder until the block ends; enters it when the program is ready."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, open(os.path.join(folder, "log"), "w+b") as log:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **dict(environment)},
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def ready():
            if process.poll() is not None:
                log.seek(0)
                raise SystemExit("%s has ended: %s" % (command[0], log.read().decode(errors="replace")[-2000:]))
            return is_ready()

        try:
            wait(ready, "the start of %s" % command[0])
            yield process
        finally:
            if process.poll() is not None:
                print("%s ended before the measurement, with status %d" % (command[0], process.returncode), file=sys.stderr)
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Redis:
    """One connection to Redis; as much of the protocol as is needed here."""

    def __init__(self, port):
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def call(self, *words):
        parts = [str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
        return self._answer()

    def _answer(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2].decode()
        if kind == b"-":
            raise SystemExit("Redis answered " + rest)
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == "-1" else self.file.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self._answer() for _ in range(int(rest))]
        return rest

    def warm(self, kind="base"):
        """How many warm members the pool of a type has."""
        return self.call("ZCARD", "{sandbox-manager}:warm:" + kind)

    def occupied(self):
        """How many records there are of sandboxes that live, warm and on their way ones included."""
        return self.call("ZCARD", "{sandbox-manager}:occupied")

    def records(self):
        """How many records there are, also of sandboxes that were released."""
        return self.call("ZCARD", "{sandbox-manager}:ids")

    def close(self):
        self.file.close()
        self.socket.close()


@contextlib.contextmanager
def redis():
    """An empty Redis that writes nothing to the disk."""
    port = running.free_port()
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    with program(command, lambda: listens(port)), contextlib.closing(Redis(port)) as client:
        yield client


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=60):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class FakeEngine:
    """The control of a fakedocker."""

    def __init__(self, path):
        self.path = path
        self.address = "unix://" + path

    def _call(self, method, verb, body=None):
        with contextlib.closing(UnixConnection(self.path)) as connection:
            connection.request(method, "/_fake/" + verb, json.dumps(body) if body is not None else None)
            return json.loads(connection.getresponse().read())

    def set(self, **settings):
        """CREATE_MS=300: as fakedocker.go lists them."""
        self._call("POST", "config", settings)

    @contextlib.contextmanager
    def as_slow_as_a_real_one(self):
        """So that a refill takes no more of the machine than it could on a real engine."""
        self.set(CREATE_MS=300)
        try:
            yield
        finally:
            self.set(CREATE_MS=0)

    def containers(self):
        return sum(self._call("GET", "stats")["containers"].values())


@contextlib.contextmanager
def fake_engine():
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        engine = FakeEngine(os.path.join(folder, "engine.sock"))
        with program([str(PROGRAMS / "fakedocker")], lambda: os.path.exists(engine.path), {"SOCK": engine.path}):
            yield engine


@contextlib.contextmanager
def floor(redis_client, members=1000):
    """Yields the port of the floor program, whose pool on this Redis never runs empty."""
    script = (BENCH / "acquire.lua").read_text(encoding="ascii")
    sha = redis_client.call("SCRIPT", "LOAD", script)
    redis_client.call("RPUSH", "pool", *("sb-%d" % number for number in range(members)))
    port = running.free_port()
    command = [running.JAVA, *os.environ.get("JAVA_OPTS", "").split(), str(BENCH / "Floor.java"),
               "s", str(port), str(redis_client.port), sha]
    with program(command, lambda: listens(port)):
        yield port


def replica(redis_client, engine_address, **settings):
    """Our server on this Redis and this engine, to be stopped by the caller."""
    return running.manager(**{"CONTAINER_DEPLOYMENT": "docker", "DOCKER_HOST": engine_address, "REDIS_ENABLED": "True",
                              "REDIS_SERVER": "127.0.0.1", "REDIS_PORT": str(redis_client.port), **settings})


def loadgen(mode, ports, engine=None, **flags):
    """Runs the client in one of its modes and returns the figure that it wrote."""
    with tempfile.NamedTemporaryFile(prefix="bench-", suffix=".json") as figures:
        words = ["-base", ",".join("http://127.0.0.1:%d" % port for port in ports), "-json", figures.name,
                 "-sock", engine.path if engine else "/nonexistent", "-prefix", PREFIX, "-reps", "1"]
        words += ["-%s=%s" % (name, value) for name, value in flags.items()]
        run = subprocess.run([str(PROGRAMS / "loadgen"), mode, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             timeout=600, check=False)
        lines = figures.read().splitlines()
        if run.returncode or not lines:
            raise SystemExit("loadgen %s failed: %s" % (mode, run.stderr.decode(errors="replace")[-2000:]))
        return json.loads(lines[0])


def acquire(ports, count, clients, engine=None, keep=False):
    """So many takes by so many clients; the sandboxes are released again unless they are to be kept."""
    figure = loadgen("acquire", ports, engine, n=count, c=clients, keep=keep)
    counts = figure["counts"]
    if counts["neterr"] or counts["non2xx"] or counts["null"]:
        raise SystemExit("not every take was served: %s" % counts)
    return figure
