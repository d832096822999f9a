#!/usr/bin/env python3
"""What a way through the gateway costs, beside direct access and beside nginx as a reverse proxy.

The three are measured in turn in one run, by the same client (gateload.go), against the same sandbox: a port of
fakedocker. Latency: the median of what the gateway adds to direct access over what nginx adds to it. Throughput: the
gateway's over nginx's.
"""
import argparse
import contextlib
import functools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

import judge
import running
import services

MOST_ADDED, LEAST_THROUGHPUT = 5, 0.35
LEAST_ADDED = 0.01  # ms: less cannot be told from nothing
SHAPES = {  # what is asked for below the sandbox's address, and by how many at the same time
    "get": ("GET of 0 B", "echo", (1, 10, 50)),
    "post4k": ("POST of 4 KB", "echo", (1, 10, 50)),
    "stream1m": ("stream of 1 MB", "bytes?n=1048576", (1, 10, 50)),
    "events": ("first event", "sse?n=1", (1, 10, 50)),
    "ws64": ("WebSocket echo of 64 B", None, (100,)),
    "ws64k": ("WebSocket echo of 64 KB", None, (100,)),
}
NGINX = """
daemon off;
worker_processes auto;
error_log stderr;
pid %(folder)s/pid;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path %(folder)s/body;
    proxy_temp_path %(folder)s/proxy;
    fastcgi_temp_path %(folder)s/fastcgi;
    uwsgi_temp_path %(folder)s/uwsgi;
    scgi_temp_path %(folder)s/scgi;
    upstream sandbox { server %(sandbox)s; keepalive 64; keepalive_requests 1000000000; }
    map $http_upgrade $upgraded { default upgrade; '' ''; }
    server {
        listen 127.0.0.1:%(port)d;
        location / {
            proxy_pass http://sandbox;
            proxy_http_version 1.1;
            proxy_buffering off;
            proxy_request_buffering off;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $upgraded;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }
    }
}
"""


class Way:
    """One way to the sandbox: an address, and what its paths and its WebSocket are called there."""

    def __init__(self, address, prefix, websocket):
        self.address, self.prefix, self.websocket = address, prefix, websocket

    def measure(self, shape, clients, seconds):
        rest = SHAPES[shape][1]
        path = self.websocket if rest is None else self.prefix + rest
        run = subprocess.run([str(services.PROGRAMS / "gateload"), "-address", self.address, "-path", path, "-shape", shape,
                              "-c", str(clients), "-seconds", str(seconds)], capture_output=True, timeout=120, check=False)
        if run.returncode:
            raise SystemExit("%s%s: %s" % (self.address, path, run.stderr.decode(errors="replace")[-2000:]))
        return json.loads(run.stdout)


def take(port):
    """The name and the address of a sandbox."""
    def call(method, **arguments):
        request = urllib.request.Request("http://127.0.0.1:%d/%s" % (port, method), json.dumps(arguments).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["data"]

    model = call("get_info", identity=call("create", sandbox_type="base"))
    return model["container_name"], urllib.parse.urlsplit(model["url"]).netloc


@contextlib.contextmanager
def nginx(sandbox):
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if not program:
        raise SystemExit("nginx is missing: apt-get install nginx")
    port = running.free_port()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.chmod(folder, 0o755)  # its workers are another user when root starts it
        config = os.path.join(folder, "nginx.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(NGINX % {"folder": folder, "sandbox": sandbox, "port": port})
        with services.program([program, "-c", config, "-p", folder], lambda: services.listens(port)):
            yield "127.0.0.1:%d" % port


@contextlib.contextmanager
def ways():
    """Direct, through nginx, through us."""
    with services.fake_engine() as engine:
        server = running.manager(CONTAINER_DEPLOYMENT="docker", DOCKER_HOST=engine.address)
        with running.stopped_after(server):
            name, sandbox = take(server.port)
            with nginx(sandbox) as other:
                yield (Way(sandbox, "/fastapi/", "/websockify"), Way(other, "/fastapi/", "/websockify"),
                       Way("127.0.0.1:%d" % server.port, "/proxy/%s/" % name, "/desktop/%s" % name))


def middle(turns):
    return {name: statistics.median(one[name] for one in turns) for name in ("p50", "rate")}


def judged(title, direct, other, ours):
    def added(series):
        return [max(LEAST_ADDED, through["p50"] - bare["p50"]) for through, bare in zip(series, direct)]

    def rates(series):
        return [one["rate"] for one in series]

    print("%s: direct median %.3f ms, %.0f a second" % (
        title, statistics.median(one["p50"] for one in direct), statistics.median(rates(direct))))
    status = judge.judge_ratio("%s, added to the p50, ms" % title, "sandbox-manager", added(ours), "nginx", added(other),
                               MOST_ADDED, digits=3)
    return judge.worst(status, judge.judge_ratio("%s, a second" % title, "sandbox-manager", rates(ours), "nginx", rates(other),
                                         LEAST_THROUGHPUT, digits=0, at_least=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--turns", type=int, default=3, help="how often each of the three is measured in a round")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each of the three in each turn")
    parser.add_argument("--warm-up", type=float, default=60, help="seconds of each shape before anything is measured: with two processors the server's code takes so long to be compiled")
    parser.add_argument("--shapes", default=",".join(SHAPES), help="of " + ", ".join(SHAPES))
    options = parser.parse_args()
    status = 0
    with ways() as three:
        for shape in options.shapes.split(","):
            title, _, widths = SHAPES[shape]
            three[2].measure(shape, widths[-1], options.warm_up)
            for clients in widths:
                measures = [functools.partial(way.measure, shape, clients, options.seconds) for way in three]
                series = judge.interleaved(options.rounds, *measures, turns=options.turns, middle=middle)
                status = judge.worst(status, judged("%s, %d connections" % (title, clients), *series))
    return status


if __name__ == "__main__":
    sys.exit(main())
