#!/usr/bin/env python3
"""How fast an empty pool is full again, against as many bare containers made side by side, and how soon the first is begun.

Bare: the engine's create and start of the same container until its agent answers, as many at once as the server makes.
The first is begun when the engine says that it has created a container, so its own time for that counts too.
"""
import argparse
import concurrent.futures
import contextlib
import http.client
import json
import os
import sys
import time
import urllib.parse

import cold
import judge
import running

LIMIT = 1 / 0.85
FIRST_LIMIT = 50.0
AT_ONCE = 2 * (os.cpu_count() or 1)


class Pool:
    def __init__(self, server, size):
        self.server, self.size = server, size
        self.call = cold.Manager(server.port, "base").call

    def resize(self, size):
        self.size = size
        self._ask("PUT", "/bounds", json.dumps({"min": size, "max": size}))
        cold.wait(lambda: self._ask("GET", "")["warm"] == size, "a full pool", 0.01)

    def _ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=cold.DEADLINE)
        with contextlib.closing(connection):
            connection.request(method, "/api/v1/pools/base" + path, body, {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())

    def wait_until_full(self):
        cold.wait(lambda: self._ask("GET", "")["warm"] >= self.size, "a full pool", 0.005)

    def take(self):
        return self.call("create_from_pool", sandbox_type="base")

    def release(self, engine, names):
        for name in names:
            self.call("release", identity=name)
        for name in names:
            engine.wait_until_gone(name)

    def refill(self, engine):
        """Milliseconds from the first take until as many are warm again."""
        self.wait_until_full()
        began = time.perf_counter()
        names = [self.take() for _ in range(self.size)]
        self.wait_until_full()
        milliseconds = (time.perf_counter() - began) * 1e3
        self.release(engine, names)
        return milliseconds

    def first_begun(self, engine):
        """Milliseconds from a take until the engine has created the next container."""
        self.wait_until_full()
        events = cold.Engine().connection
        events.request("GET", "/events?filters=" + urllib.parse.quote(json.dumps({"type": ["container"], "event": ["create"]})))
        stream = events.getresponse()
        began = time.time()
        name = self.take()
        milliseconds = (json.loads(stream.readline())["timeNano"] / 1e9 - began) * 1e3
        events.close()
        self.wait_until_full()
        self.release(engine, [name])
        return milliseconds


def bare(engine, twins, count):
    """Milliseconds until as many bare containers answer. Each of the twins makes its share, one after the other."""
    shares = [count // len(twins) + (number < count % len(twins)) for number in range(len(twins))]

    def make(twin, share):
        return [twin.create()[0] for _ in range(share)]

    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(len(twins)) as at_once:
        names = [name for made in at_once.map(make, twins, shares) for name in made]
    milliseconds = (time.perf_counter() - began) * 1e3
    for name in names:
        engine.call("DELETE", "/containers/%s?force=1&v=1" % name)
    return milliseconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--sizes", default="20,50")
    options = parser.parse_args()
    engine = cold.Engine()
    status = 0
    with running.stopped_after(running.manager(RUNTIME_SANDBOX_IMAGE_NAMESPACE="conf", POOL_SIZE="1")) as server:
        pool = Pool(server, 1)
        pool.wait_until_full()
        firsts = [pool.first_begun(engine) for _ in range(max(judge.LEAST_ROUNDS, options.rounds) + 2)][2:]
        status = judge.judge_value("take to the next container that the engine has created, ms", "first create", firsts, FIRST_LIMIT)
        model = pool.take()
        description = engine.inspect(model)
        twins = [cold.Twin(cold.Engine(), description) for _ in range(AT_ONCE)]
        for number, twin in enumerate(twins):
            twin.number = number * 1_000_000  # names of its own
        pool.release(engine, [model])
        try:
            for size in map(int, options.sizes.split(",")):
                pool.resize(size)
                values, reference = judge.interleaved(options.rounds, lambda: pool.refill(engine), lambda: bare(engine, twins, size))
                status = max(status, judge.judge_ratio("refill of %d, ms" % size, "sandbox-manager", values, "bare, %d at once" % AT_ONCE,
                                                       reference, LIMIT, digits=0))
        finally:
            for twin in twins:
                twin.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
