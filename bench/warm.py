#!/usr/bin/env python3
"""A warm acquire through the server, with its state in Redis, against the least that one can cost.

The floor is HTTP without a framework and one script in Redis for each request; the same client asks both. The engine
starts nothing, and there are more warm sandboxes than the client can take.
"""
import argparse
import contextlib
import sys

import judge
import running
import stage

LATENCY_LIMIT = 4.0
RATE_LIMIT = 4.0
ONE, MANY = 1, 32
STOCK = 60_000


def measure(rounds, seconds, connections):
    """For each round what the server shows and what the floor shows: pairs of a rate and a median."""
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(running.stopped_after(stage.Stage()))
        floor = stack.enter_context(running.stopped_after(stage.Floor()))
        taken = []

        def acquire():
            ours.stock(STOCK)
            taken.append(stage.load(ours.servers[0].port, connections, seconds))
            if ours.warm() == 0:
                raise SystemExit("all %d warm sandboxes were taken: ask for fewer seconds" % STOCK)
            return len(taken) - 1

        def least():
            taken.append(stage.load(floor.port, connections, seconds))
            return len(taken) - 1

        values, reference = judge.interleaved(rounds, acquire, least)
        return [taken[int(i)] for i in values], [taken[int(i)] for i in reference]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=3, help="that are measured in each round")
    options = parser.parse_args()
    values, reference = measure(options.rounds, options.seconds, ONE)
    status = judge.judge_ratio("warm acquire at one client, median in microseconds", "sandbox-manager", [p50 for _, p50 in values],
                               "floor", [p50 for _, p50 in reference], LATENCY_LIMIT)
    values, reference = measure(options.rounds, options.seconds, MANY)
    print("warm acquires a second at %d clients, sandbox-manager: median %d" % (MANY, sorted(rate for rate, _ in values)[len(values) // 2]))
    status = max(status, judge.judge_ratio("seconds for 1,000 warm acquires at %d clients" % MANY, "sandbox-manager",
                                           [1000 / rate for rate, _ in values], "floor", [1000 / rate for rate, _ in reference], RATE_LIMIT, digits=3))
    print("the Python server is not part of this run: bench/README.md quotes what it showed (8.6 to 12.4 ms, 79 to 94 a second)")
    return status


if __name__ == "__main__":
    sys.exit(main())
