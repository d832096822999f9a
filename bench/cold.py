#!/usr/bin/env python3
"""A cold create through the server against a bare one of the same container.

Ours: POST /create, then POST /check_health until it says true. Bare: the engine's create and start, then GET
/fastapi/healthz until it answers 200. The bare container gets what the server gave its own, as the engine tells it.
"""
import argparse
import copy
import http.client
import itertools
import json
import os
import shutil
import sys
import tempfile
import threading
import time

import judge
import running
import services

LIMIT = 1.15
TURNS = 8
DEADLINE = 60


def exchange(connection, method, path, body):
    connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    return answer.status, json.loads(content) if content[:1] in (b"{", b"[") else None


class Engine:
    """A Docker engine, by one connection for each thread."""

    def __init__(self, path=None):
        self.socket = path or self.path()
        self.connections = threading.local()

    @staticmethod
    def path():
        address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
        if not address.startswith("unix://"):
            sys.exit("this measures on the engine's own machine: DOCKER_HOST=%s is not a Unix socket" % address)
        return address[len("unix://"):]

    def call(self, method, path, body=None, accept=(200, 201, 204, 304)):
        if not hasattr(self.connections, "own"):
            self.connections.own = services.UnixConnection(self.socket, DEADLINE)
        status, answer = exchange(self.connections.own, method, path, body)
        if status not in accept:
            raise SystemExit("the engine answered %d to %s %s: %s" % (status, method, path, answer))
        return status, answer

    def inspect(self, name):
        return self.call("GET", "/containers/%s/json" % name)[1]

    def wait_until_gone(self, name):
        wait(lambda: self.call("GET", "/containers/%s/json" % name, accept=(200, 404))[0] == 404, "the removal of " + name, 0.01)


def wait(condition, what, pause=0.002):
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("%s did not happen within %d s" % (what, DEADLINE))
        time.sleep(pause)


class Manager:
    def __init__(self, port, kind):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
        self.kind = kind

    def call(self, method, **arguments):
        status, answer = exchange(self.connection, "POST", "/" + method, arguments)
        return answer["data"] if status == 200 else None

    def create(self):
        name = self.call("create", sandbox_type=self.kind)
        if not name:
            raise SystemExit("the server made no sandbox of type " + self.kind)
        wait(lambda: self.call("check_health", identity=name) is True, "health of " + name)
        return name


class Twin:
    """Makes containers like one of the server's: everything that the engine was asked for, less what tells the server that they are its own."""

    def __init__(self, engine, model):
        self.engine, self.numbers = engine, itertools.count(1)
        self.folder = tempfile.mkdtemp(prefix="bench-twin-")
        config, host = model["Config"], copy.deepcopy(model["HostConfig"])
        self.order = {key: config[key] for key in ("Image", "Env", "User", "ExposedPorts", "WorkingDir", "StopSignal") if config.get(key)}
        self.order["Labels"] = {key: value for key, value in config["Labels"].items() if not key.startswith("io.sandboxmanager.")}
        self.order["HostConfig"] = host
        network = host["NetworkMode"]
        if network not in ("default", "bridge", "none", "host"):
            self.order["NetworkingConfig"] = {"EndpointsConfig": {network: {}}}
        self.token = next(row.partition("=")[2] for row in config["Env"] if row.startswith("SECRET_TOKEN="))
        self.workspace = next((mount["Source"] for mount in model["Mounts"] if mount["Destination"] == "/workspace"), None)

    def _order(self):
        """A copy of the order with a workspace and host ports of its own."""
        order = copy.deepcopy(self.order)
        name = "bench%d_bare%d" % (os.getpid(), next(self.numbers))
        if self.workspace:
            owner = os.stat(self.workspace if os.path.isdir(self.workspace) else self.folder)
            own = os.path.join(self.folder, name)
            os.mkdir(own)
            os.chown(own, owner.st_uid, owner.st_gid)
            order["HostConfig"] = json.loads(json.dumps(order["HostConfig"]).replace(json.dumps(self.workspace)[1:-1], own))
        for bindings in (order["HostConfig"].get("PortBindings") or {}).values():
            for binding in bindings:
                binding["HostPort"] = ""
        return name, order

    def create(self):
        """Returns the container's name and the milliseconds until it answered."""
        name, order = self._order()
        began = time.perf_counter()
        self.engine.call("POST", "/containers/create?name=" + name, order)
        self.engine.call("POST", "/containers/%s/start" % name)
        host, port = self._address(self.engine.inspect(name))
        wait(lambda: healthy(host, port, self.token), "health of " + name)
        return name, (time.perf_counter() - began) * 1e3

    @staticmethod
    def _address(container):
        published = next((bindings[0] for bindings in container["NetworkSettings"]["Ports"].values() if bindings), None)
        if published:
            return "127.0.0.1", int(published["HostPort"])
        return next(network["IPAddress"] for network in container["NetworkSettings"]["Networks"].values()), 80

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def healthy(host, port, token):
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/fastapi/healthz", headers={"Authorization": "Bearer " + token})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def measure(rounds, kind):
    engine = Engine()
    with running.stopped_after(running.manager()) as server:
        manager = Manager(server.port, kind)
        pattern = manager.create()
        twin = Twin(engine, engine.inspect(pattern))
        manager.call("release", identity=pattern)
        engine.wait_until_gone(pattern)

        def through_the_server():
            began = time.perf_counter()
            name = manager.create()
            milliseconds = (time.perf_counter() - began) * 1e3
            manager.call("release", identity=name)
            engine.wait_until_gone(name)
            return milliseconds

        def bare():
            name, milliseconds = twin.create()
            engine.call("DELETE", "/containers/%s?force=1&v=1" % name)
            return milliseconds

        try:
            return judge.interleaved(rounds, through_the_server, bare, turns=TURNS)
        finally:
            twin.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--type", default="base")
    options = parser.parse_args()
    values, reference = measure(options.rounds, options.type)
    return judge.judge_ratio("cold create to the first healthy answer, ms", "through the server", values,
                             "bare engine", reference, LIMIT, digits=0)


if __name__ == "__main__":
    sys.exit(main())
