#!/usr/bin/env python3
"""A warm acquire while 10,000 sandboxes are recorded, against the same with 100. The engine costs nothing."""
import argparse
import contextlib
import http.client
import json
import statistics
import sys
import time

import judge
import running
import stage

LIMIT = 1.2
FEW, MANY = 100, 10_000
TAKES = 300
WARM_UPS = 10


class Caller:
    def __init__(self, place, records):
        self.place = place
        place.stock(records, "RUNNING")
        self.connection = http.client.HTTPConnection("127.0.0.1", place.servers[0].port, timeout=stage.DEADLINE)
        for _ in range(WARM_UPS):
            self.take()

    def take(self):
        """The median in microseconds. What was taken the last time is warm again."""
        self.place.stock(TAKES)
        body = json.dumps({"sandbox_type": "base"})
        times = []
        for _ in range(TAKES):
            began = time.perf_counter()
            self.connection.request("POST", "/create_from_pool", body, {"Content-Type": "application/json"})
            answer = json.loads(self.connection.getresponse().read())
            times.append((time.perf_counter() - began) * 1e6)
            if not answer["data"]:
                raise SystemExit("no sandbox was handed out")
        return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with contextlib.ExitStack() as stack:
        many = Caller(stack.enter_context(running.stopped_after(stage.Stage())), MANY)
        few = Caller(stack.enter_context(running.stopped_after(stage.Stage())), FEW)
        values, reference = judge.interleaved(rounds, many.take, few.take, pairs=2)
    return judge.judge_ratio("warm acquire at one client, median in microseconds", "with 10,000 records", values, "with 100", reference, LIMIT)


if __name__ == "__main__":
    sys.exit(main())
