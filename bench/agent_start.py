#!/usr/bin/env python3
"""The agent's start in its image: from its process's start to its first answer, without the container's."""
import argparse
import json
import pathlib
import subprocess
import sys

import judge

LIMIT = 150
CONFINEMENT = ["--network", "none", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    command = ["docker", "run", "--rm", "-i", *CONFINEMENT, "--entrypoint", "/usr/bin/python3", options.image, "-", str(options.rounds)]
    probe = pathlib.Path(__file__).with_name("agent_probe.py").read_bytes()
    starts = json.loads(subprocess.run(command, input=probe, stdout=subprocess.PIPE, check=True).stdout)
    status = judge.judge_value("the agent's start to its first answer, ms", "agent", [start["ms"] for start in starts], LIMIT)
    print(judge.line("CPU until then, ms", [start["cpu"] for start in starts], 0))
    print(judge.line("resident then, MB", [start["rss"] for start in starts], 1))
    return status


if __name__ == "__main__":
    sys.exit(main())
