"""Starts a Java server, waits for its first answer on /health, and stops it."""
import contextlib
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
JAVA = os.path.join(os.environ["JAVA_HOME"], "bin", "java") if "JAVA_HOME" in os.environ else "java"
DEADLINE = 120
IDLE = 0.1  # of a processor: what a server may use that has nothing to do

signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(port, path="/health", headers=()):
    """Whether a GET answers 200 now."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers=dict(headers))
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def at_once(count, action):
    """Milliseconds until the last one is done, and what each returned."""
    results, failures = [None] * count, []

    def run(number):
        try:
            results[number] = action()
        except BaseException as error:  # told below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = (time.perf_counter() - began) * 1e3
    if failures:
        raise failures[0]
    return elapsed, results


class Server:
    """A process in an empty folder of its own, so that no .env and no state of an earlier run play a part."""

    def __init__(self, arguments, port, environment=()):
        self.port = port
        self.folder = tempfile.TemporaryDirectory(prefix="bench-")
        self.log = open(os.path.join(self.folder.name, "log"), "w+b")
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [JAVA, *os.environ.get("JAVA_OPTS", "").split(), *arguments], cwd=self.folder.name,
            env={**os.environ, **dict(environment)}, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        try:
            while not answers(port):
                if self.process.poll() is not None or time.perf_counter() - began > DEADLINE:
                    raise SystemExit("no answer from java %s:\n%s" % (" ".join(arguments), self.last_words()))
                time.sleep(0.002)
            self.milliseconds = (time.perf_counter() - began) * 1e3
        except BaseException:
            self.stop()
            raise

    def last_words(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-2000:]

    def processor_seconds(self):
        """How long it has had a processor so far."""
        fields = pathlib.Path("/proc/%d/stat" % self.process.pid).read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def is_idle(self, seconds):
        """Whether it hardly needs a processor for so long from now on."""
        before = self.processor_seconds()
        time.sleep(seconds)
        return self.processor_seconds() - before <= seconds * IDLE

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        self.folder.cleanup()


def manager(**settings):
    """Our server, started as bin/serve does, alone on its port and prefix."""
    port = free_port()
    settings = {"HOST": "127.0.0.1", "PORT": str(port), "POOL_SIZE": "0", "BEARER_TOKEN": "",
                "CONTAINER_PREFIX_KEY": "bench%d_" % os.getpid(), **settings}
    return Server([*os.environ.get("SERVER_JVM_OPTIONS", "").split(), "-jar", str(ROOT / "target" / "sandbox-manager.jar"), "serve"], port, settings)


@contextlib.contextmanager
def stopped_after(server):
    try:
        yield server
    except (Exception, SystemExit):
        print(server.last_words(), file=sys.stderr)  # they may say why the measurement failed
        raise
    finally:
        server.stop()
