#!/usr/bin/env python3
"""A hundred acquires at once over two servers on one Redis: none may be handed out twice, none may miss."""
import argparse
import collections
import http.client
import json
import statistics
import sys
import threading
import time

import running
import stage

BURST = 100


def acquire(port, ready, go, names):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=stage.DEADLINE)
    connection.connect()
    ready.release()
    go.wait()
    connection.request("POST", "/create_from_pool", json.dumps({"sandbox_type": "base"}), {"Content-Type": "application/json"})
    names.append(json.loads(connection.getresponse().read())["data"])
    connection.close()


def burst(place):
    """Milliseconds until the last one is answered, and the names."""
    place.stock(BURST)
    names, ready, go = [], threading.Semaphore(0), threading.Event()
    threads = [threading.Thread(target=acquire, args=(place.servers[i % len(place.servers)].port, ready, go, names)) for i in range(BURST)]
    for thread in threads:
        thread.start()
    for _ in threads:
        ready.acquire()
    began = time.perf_counter()
    go.set()
    for thread in threads:
        thread.join()
    return (time.perf_counter() - began) * 1e3, names


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args().rounds
    twice = cold = 0
    times = []
    with running.stopped_after(stage.Stage(servers=2)) as place:
        for number in range(rounds + 3):
            milliseconds, names = burst(place)
            counted = collections.Counter(names)
            twice += sum(often - 1 for name, often in counted.items() if name)
            cold += sum("bench" not in str(name) for name in names)
            if number >= 3:  # the first ones warm the servers
                times.append(milliseconds)
    print("burst of %d acquires over two servers, ms until the last answer" % BURST)
    print("  median %.1f   fastest %.1f   slowest %.1f   of %d" % (statistics.median(times), min(times), max(times), len(times)))
    print("  handed out twice: %d   not from the pool: %d" % (twice, cold))
    return 1 if twice or cold else 0


if __name__ == "__main__":
    sys.exit(main())
