#!/usr/bin/env python3
"""How much longer our server takes to its first 200 on /health than an empty Spring Boot application."""
import argparse
import sys

import judge
import running

LIMIT = 1.6


def ours():
    with running.stopped_after(running.manager()) as server:
        return server.milliseconds


def empty():
    port = running.free_port()
    jar = str(running.ROOT / "target" / "bench" / "empty-app" / "empty-app.jar")
    arguments = ["-jar", jar, "--server.address=127.0.0.1", "--server.port=%d" % port]
    with running.stopped_after(running.Server(arguments, port)) as server:
        return server.milliseconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    values, reference = judge.interleaved(rounds, ours, empty)
    return judge.judge_ratio("process start to the first 200 on /health, ms", "sandbox-manager", values,
                             "empty application", reference, LIMIT, digits=0)


if __name__ == "__main__":
    sys.exit(main())
