"""Runs inside an image: starts its agent again and again, and prints the time to the first answer and what it costs then."""
import http.client
import json
import os
import subprocess
import sys
import time

AGENT = ["/usr/bin/python3", "-I", "-S", "/opt/sandbox-agent/sandbox_agent"]
PORT = 8099


def answers():
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Authorization": "Bearer bench"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def start():
    environment = {**os.environ, "AGENT_PORT": str(PORT), "SECRET_TOKEN": "bench"}
    began = time.perf_counter()
    agent = subprocess.Popen(AGENT, env=environment, stdin=subprocess.DEVNULL)
    try:
        while not answers():
            if agent.poll() is not None or time.perf_counter() - began > 30:
                sys.exit("the agent does not answer")
            time.sleep(0.001)
        milliseconds = (time.perf_counter() - began) * 1e3
        with open("/proc/%d/status" % agent.pid) as status:
            kilobytes = int(next(row for row in status if row.startswith("VmRSS:")).split()[1])
        with open("/proc/%d/stat" % agent.pid) as stat:
            user, system = stat.read().rpartition(")")[2].split()[11:13]
        return {"ms": milliseconds, "rss": kilobytes / 1e3, "cpu": (int(user) + int(system)) * 1e3 / os.sysconf("SC_CLK_TCK")}
    finally:
        agent.terminate()
        agent.wait()


json.dump([start() for _ in range(int(sys.argv[1]) + 1)][1:], sys.stdout)
