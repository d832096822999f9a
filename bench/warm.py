#!/usr/bin/env python3
"""Warm acquires through the server, its pool in Redis, against the floor and the Python server.

Ours: POST /create_from_pool, each with a session of its own, from a pool that is full; a take that was not warm ends
the measurement. The engine is fakedocker, which costs nothing while the pool fills and, like a real one, 300 ms for a
create while takes are timed: a refill at thousands a second would be measured otherwise. Floor: Floor.java, one EVALSHA
for each request, on the same Redis and asked by the same client. The Python server is measured in the same way as ours
where runtime-sandbox-server is installed, or where PYTHON_SERVER names it.
"""
import argparse
import contextlib
import os
import shutil
import sys
import time

import judge
import running
import services

MOST_LATENCY, LEAST_THROUGHPUT = 4, 0.25
MOST_LATENCY_OF_PYTHON, LEAST_THROUGHPUT_OF_PYTHON = 1 / 15, 30
CLIENTS = 32
SETTLE = 0.3
PYTHON_POOL = 50
TURNS = 3  # in a round: each lasts for less than a second
LATENCY_TURNS, LATENCY_TAKES = 7, 500  # by one client: what disturbs the machine for seconds is seen in a few turns of many
EVEN_TURNS = {
    "RELEASED_KEY_TTL": "1",  # seconds: each turn finds as many records as the one before
    "VERIFY_INTERVAL": "3600",  # else the whole pool is verified in one turn of five and not in the others
    "RECONCILE_INTERVAL": "3600",
}


class Pool:
    """A server with a warm pool. Who takes from it waits until it is at rest."""

    def __init__(self, port, engine, size, is_at_rest):
        self.port, self.engine, self.size, self.is_at_rest = port, engine, size, is_at_rest

    def acquire(self, count, clients):
        with self.engine.as_slow_as_a_real_one():
            figure = services.acquire([self.port], count, clients, self.engine)
        if figure["counts"]["cold"] or figure["counts"]["dup"]:
            raise SystemExit("not every take was warm and served once: %s" % figure["counts"])
        return figure

    def latency(self):
        return self.acquire(min(self.size, LATENCY_TAKES), 1)["values"]["p50"]

    def throughput(self):
        return self.acquire(self.size, CLIENTS)["values"]["rate"]


def at_rest(*pools):
    """A wait until all these pools are full and what was released is gone: that takes as much of the machine as it gets."""
    def wait():
        for pool in pools:
            services.wait(pool.is_at_rest, "a full pool of %d and an idle server" % pool.size)

    return wait


class Floor:
    """Takes four times as many as are taken of a pool of that size, so that its turn lasts about as long."""

    def __init__(self, port, size):
        self.port, self.size = port, size

    def acquire(self, count, clients):
        return services.acquire([self.port], 4 * count, clients, keep=True)["values"]

    def latency(self):
        return self.acquire(min(self.size, LATENCY_TAKES), 1)["p50"]

    def throughput(self):
        return self.acquire(self.size, CLIENTS)["rate"]


@contextlib.contextmanager
def our_pool(size):
    with services.redis() as redis, services.fake_engine() as engine:
        with running.stopped_after(services.replica(redis, engine.address, POOL_SIZE=str(size), **EVEN_TURNS)) as server:

            def is_at_rest():
                return redis.warm() == redis.records() == engine.containers() == size and server.is_idle(SETTLE)

            pool = Pool(server.port, engine, size, is_at_rest)
            with services.floor(redis) as port:
                yield pool, Floor(port, size)


def python_server():
    return shutil.which(os.environ.get("PYTHON_SERVER", "runtime-sandbox-server"))


@contextlib.contextmanager
def python_pool(command):
    port = running.free_port()
    with services.redis() as redis, services.fake_engine() as engine:
        environment = {
            "HOST": "127.0.0.1", "PORT": str(port), "WORKERS": "1", "BEARER_TOKEN": "", "POOL_SIZE": str(PYTHON_POOL),
            "DEFAULT_SANDBOX_TYPE": "base", "CONTAINER_PREFIX_KEY": services.PREFIX, "CONTAINER_DEPLOYMENT": "docker",
            "DOCKER_HOST": engine.address, "PORT_RANGE": "[20000,30000]", "REDIS_ENABLED": "True",
            "REDIS_SERVER": "127.0.0.1", "REDIS_PORT": str(redis.port), "AUTO_CLEANUP": "False",
        }
        with services.program([command], lambda: running.answers(port), environment):

            def is_at_rest():
                time.sleep(SETTLE)  # it is never idle
                return engine.containers() == PYTHON_POOL

            yield Pool(port, engine, PYTHON_POOL, is_at_rest)


def beside_python(rounds, ours):
    command = python_server()
    if not command:
        for what in ("acquire latency", "acquires per second"):
            print("%s: the Python server is not installed: not compared" % what)
        return 0
    with python_pool(command) as python:
        rest = at_rest(ours, python)
        latency = judge.interleaved(rounds, ours.latency, python.latency, turns=LATENCY_TURNS, rest=rest)
        throughput = judge.interleaved(rounds, ours.throughput, python.throughput, turns=TURNS, rest=rest)
    status = judge.judge_ratio("warm acquire, 1 client, p50, ms", "sandbox-manager", latency[0],
                               "Python server", latency[1], MOST_LATENCY_OF_PYTHON, digits=3)
    return judge.worst(status, judge.judge_ratio("warm acquires per second, %d clients" % CLIENTS, "sandbox-manager", throughput[0],
                                         "Python server", throughput[1], LEAST_THROUGHPUT_OF_PYTHON, digits=0, at_least=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--pool", type=int, default=2000)
    parser.add_argument("--warm-up", type=int, default=20, help="pools taken before anything is measured: the server's code is compiled meanwhile, for which two processors take a minute")
    options = parser.parse_args()
    with our_pool(options.pool) as (ours, floor):
        rest = at_rest(ours)
        for _ in range(options.warm_up):
            rest(), ours.throughput(), floor.throughput()
        latency = judge.interleaved(options.rounds, ours.latency, floor.latency, turns=LATENCY_TURNS, rest=rest)
        throughput = judge.interleaved(options.rounds, ours.throughput, floor.throughput, turns=TURNS, rest=rest)
        status = judge.judge_ratio("warm acquire, 1 client, p50, ms", "sandbox-manager", latency[0], "floor", latency[1],
                                   MOST_LATENCY, digits=3)
        status = judge.worst(status, judge.judge_ratio("warm acquires per second, %d clients" % CLIENTS, "sandbox-manager", throughput[0],
                                               "floor", throughput[1], LEAST_THROUGHPUT, digits=0, at_least=True))
        return judge.worst(status, beside_python(options.rounds, ours))


if __name__ == "__main__":
    sys.exit(main())
