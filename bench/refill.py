#!/usr/bin/env python3
"""A refill of the warm pool on a real Docker engine against as many bare creates at the same concurrency.

Ours: as many POST /create_from_pool at once as the full pool has members, then until it has as many again, which have
answered GET /fastapi/healthz. Bare: the engine's create and start and the first healthy answer of as many containers
like the server's. Both go through a relay that notes when a create begins; the first one after the takes is judged too.
"""
import argparse
import concurrent.futures
import contextlib
import os
import sys
import time

import cold
import judge
import relay
import running
import services

LEAST_RATE = 0.85
MOST_DELAY = 50  # ms
SETTLE = 0.5
IMAGES = {"RUNTIME_SANDBOX_IMAGE_NAMESPACE": "bench", "RUNTIME_SANDBOX_REGISTRY": "", "RUNTIME_SANDBOX_IMAGE_TAG": "latest"}


class Refill:
    def __init__(self, engine, passed, redis, server, count, concurrency):
        self.engine, self.passed, self.redis, self.server = engine, passed, redis, server
        self.count, self.concurrency = count, concurrency
        self.delays = []
        self.wait_until_full()
        pattern = self.call("create_from_pool", sandbox_type="base")
        self.twin = cold.Twin(engine, engine.inspect(pattern))
        self.release([pattern])

    def call(self, method, **arguments):
        with contextlib.closing(cold.Manager(self.server.port, "base").connection) as connection:
            status, answer = cold.exchange(connection, "POST", "/" + method, arguments)
        if status != 200 or not answer["data"]:
            raise SystemExit("the server answered %d to %s: %s" % (status, method, answer))
        return answer["data"]

    def wait_until_full(self):
        services.wait(lambda: self.redis.warm() == self.count, "a full pool of %d" % self.count)

    def release(self, names):
        for name in names:
            self.call("release", identity=name)
        for name in names:
            self.engine.wait_until_gone(name)
        self.wait_until_full()
        time.sleep(SETTLE)

    def ours(self):
        """Members a second."""
        del self.passed.creates[:]
        began = time.perf_counter()
        _, names = running.at_once(self.count, lambda: self.call("create_from_pool", sandbox_type="base"))
        services.wait(lambda: len(self.passed.creates) >= self.count, "the last create")
        self.wait_until_full()
        rate = self.count / (time.perf_counter() - began)
        self.delays.append((self.passed.creates[0] - began) * 1e3)
        if len(set(names)) != self.count:
            raise SystemExit("a sandbox was handed out twice: %s" % sorted(names))
        self.release(names)
        return rate

    def bare(self):
        began = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(self.concurrency) as threads:
            names = [name for name, _ in threads.map(lambda _: self.twin.create(), range(self.count))]
            rate = self.count / (time.perf_counter() - began)
            list(threads.map(lambda name: self.engine.call("DELETE", "/containers/%s?force=1&v=1" % name), names))
        time.sleep(SETTLE)
        return rate


def sweep(engine):
    """Removes what a measurement that was broken off has left: containers with this run's prefix and no others."""
    for container in engine.call("GET", "/containers/json?all=1")[1]:
        if any(name.startswith("/" + services.PREFIX) for name in container["Names"]):
            engine.call("DELETE", "/containers/%s?force=1&v=1" % container["Id"], accept=(200, 204, 404, 409))


def measure(rounds, count, concurrency):
    passed = relay.Relay(cold.Engine.path())
    engine = cold.Engine(passed.path)
    try:
        with services.redis() as redis:
            settings = {"POOL_SIZE": str(count), "FILL_CONCURRENCY": str(concurrency), **IMAGES}
            with running.stopped_after(services.replica(redis, passed.address, **settings)) as server:
                refill = Refill(engine, passed, redis, server, count, concurrency)
                try:
                    series = judge.interleaved(rounds, refill.ours, refill.bare)
                finally:
                    refill.twin.close()
                return series, refill.delays[1:]  # the first belongs to the unmeasured pair
    finally:
        sweep(engine)
        passed.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--counts", default="20,50")
    parser.add_argument("--concurrency", type=int, default=2 * (os.cpu_count() or 1), help="creates at the same time, of both")
    options = parser.parse_args()
    status = 0
    for count in map(int, options.counts.split(",")):
        (values, reference), delays = measure(options.rounds, count, options.concurrency)
        status = judge.worst(status, judge.judge_ratio("refill of %d, %d at a time, members per second" % (count, options.concurrency),
                                               "through the server", values, "bare creates", reference, LEAST_RATE, digits=2, at_least=True))
        status = judge.worst(status, judge.judge_value("from the first take to the first create's beginning, ms", "delay", delays, MOST_DELAY))
    return status


if __name__ == "__main__":
    sys.exit(main())
