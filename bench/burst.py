#!/usr/bin/env python3
"""A burst of acquires, all at once, over two replicas on one Redis.

Printed are the rate, the time until the last answer, and how many found no warm member. What decides is that no sandbox
was handed out twice, that each take was served, and that afterwards the pool is full and nothing is left over.
"""
import argparse
import sys
import time

import judge
import running
import services

SETTLE = 1.0


class Burst:
    def __init__(self, redis, engine, ports, takes, size):
        self.redis, self.engine, self.ports, self.takes, self.size = redis, engine, ports, takes, size
        self.rates, self.last, self.misses, self.twice, self.astray = [], [], [], 0, 0

    def is_quiet(self):
        return self.redis.warm() == self.size and self.redis.occupied() == self.size and self.engine.containers() == self.size

    def once(self):
        with self.engine.as_slow_as_a_real_one():
            figure = services.acquire(self.ports, self.takes, self.takes, self.engine)
        services.wait(self.is_quiet, "a full pool of %d and nothing else" % self.size, 0.02)
        time.sleep(SETTLE)  # what comes late would be too much
        values, counts = figure["values"], figure["counts"]
        self.rates.append(values["rate"])
        self.last.append(values["max"])
        self.misses.append(counts["cold"])
        self.twice += counts["dup"]
        self.astray += abs(self.redis.occupied() - self.size) + abs(self.engine.containers() - self.size)

    def report(self):
        print("burst of %d over two replicas, pool of %d" % (self.takes, self.size))
        for name, values in (("takes per second", self.rates), ("the last answer, ms", self.last), ("misses", self.misses)):
            print(judge.line(name, values[1:], 0))  # the first one found the server's code not yet compiled
        print("  handed out twice: %d of %d" % (self.twice, self.takes * len(self.rates)))
        print("  too many or too few sandboxes afterwards: %d" % self.astray)
        return 1 if self.twice or self.astray else 0


def measure(rounds, takes, size):
    with services.redis() as redis, services.fake_engine() as engine:
        settings = {"POOL_SIZE": str(size)}
        with running.stopped_after(services.replica(redis, engine.address, **settings)) as one, \
                running.stopped_after(services.replica(redis, engine.address, **settings)) as other:
            burst = Burst(redis, engine, [one.port, other.port], takes, size)
            services.wait(burst.is_quiet, "a full pool of %d" % size)
            for _ in range(rounds + 1):
                burst.once()
            return burst.report()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--takes", type=int, default=100)
    parser.add_argument("--pools", default="100,50", help="sizes of the pool, one after another")
    options = parser.parse_args()
    return judge.worst(*[measure(options.rounds, options.takes, size) for size in map(int, options.pools.split(","))])


if __name__ == "__main__":
    sys.exit(main())
