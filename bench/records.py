#!/usr/bin/env python3
"""Warm acquires by one client among many live records against those among few.

Two servers, each with a Redis and an engine of its own that costs nothing; so many sandboxes of each are held while the
others are taken in turn from a full pool, as in warm.py.
"""
import argparse
import contextlib
import sys

import judge
import running
import services
import warm

LIMIT = 1.2
POOL = warm.LATENCY_TAKES
CLIENTS = 16  # that make the records
KEPT = {"HEARTBEAT_TIMEOUT": "0", "AUTO_CLEANUP": "False", **warm.EVEN_TURNS}  # what is held is not used


@contextlib.contextmanager
def pool_among(held):
    with services.redis() as redis, services.fake_engine() as engine:
        with running.stopped_after(services.replica(redis, engine.address, POOL_SIZE=str(POOL), **KEPT)) as server:

            def is_at_rest():
                return (redis.warm() == POOL and redis.records() == engine.containers() == held + POOL
                        and server.is_idle(warm.SETTLE))

            services.acquire([server.port], held, CLIENTS, keep=True)
            yield warm.Pool(server.port, engine, POOL, is_at_rest)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--many", type=int, default=10000)
    parser.add_argument("--few", type=int, default=100)
    parser.add_argument("--warm-up", type=int, default=40, help="pools taken of each server before anything is measured")
    options = parser.parse_args()
    with pool_among(options.many) as many, pool_among(options.few) as few:
        rest = warm.at_rest(many, few)
        for _ in range(options.warm_up):
            rest(), many.throughput(), few.throughput()
        values, reference = judge.interleaved(options.rounds, many.latency, few.latency, turns=warm.LATENCY_TURNS, rest=rest)
    return judge.judge_ratio("warm acquire, 1 client, p50, ms", "%d live records" % options.many, values,
                             "%d live records" % options.few, reference, LIMIT, digits=3)


if __name__ == "__main__":
    sys.exit(main())
