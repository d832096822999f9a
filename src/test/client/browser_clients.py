#!/usr/bin/env python3
"""Checks with real browsers what the server says of them: one that is driven, and one that watches.

    browser_clients.py --base-url http://127.0.0.1:8000 --token T

Prints ``PASS|FAIL name: why`` and ``N passed, N failed, 0 skipped``; exits with 1 after a failure. Needs Playwright and a Chromium.
"""
import argparse
import contextlib
import functools
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

from playwright.sync_api import sync_playwright

from cases import check

HERE = pathlib.Path(__file__).resolve().parent
DOCUMENT = HERE.parents[2] / "docs" / "browser.md"
NOVNC = HERE.parents[2] / "target" / "novnc" / "usr" / "share" / "novnc"
PORT = 8123
VIEWER = """<div id=screen style="width: 1280px; height: 800px"></div>
<script type=importmap>{"imports": {"@novnc/novnc": "/core/rfb.js"}}</script>
<script>const vncUrl = %s, runtimeToken = %s;</script>
<script type=module>%s
screen.addEventListener("connect", () => { document.title = "connected"; });
screen.addEventListener("securityfailure", () => { document.title = "refused"; });
</script>"""
DRIVEN = """<title>Greeting</title><label>Name <input></label><button onclick="greeting.textContent = 'Hello ' +
document.querySelector('input').value">Greet</button><p id=greeting></p>"""
HOSTILE = """<title>Hostile</title><p id=told>trying</p><script>
const tries = {
  own: () => fetch(location.href).then(answer => answer.text()),
  api: () => fetch(ROOT + 'get_info', {method: 'POST', credentials: 'include', body: JSON.stringify({identity: OTHER}),
    headers: {'Content-Type': 'application/json'}}).then(async answer => answer.ok && answer.text()),
  list: () => fetch(ROOT + 'api/v1/sandboxes/' + OTHER + '/browser', {credentials: 'include'}).then(answer => answer.ok && answer.text()),
  host: () => fetch(HOST, {credentials: 'include'}).then(answer => answer.ok && answer.text()),
  other: () => fetch(ROOT + 'sandboxes/' + OTHER + '/ports/PORT/', {credentials: 'include'}).then(answer => answer.ok && answer.text()),
  cookies: () => document.cookie,
  storage: () => { localStorage.setItem('a', 'b'); return localStorage.getItem('a'); },
  popup: () => window.open(ROOT + 'health') && 'opened',
  inside: () => new Promise(done => {
    const other = window.open(ROOT + 'health');
    setTimeout(() => { try { done(other && other.document.body.innerText); } catch (e) { done(''); } }, 1000);
  }),
  frame: () => new Promise(done => {
    const frame = document.createElement('iframe');
    frame.onload = () => { try { done(frame.contentDocument && frame.contentDocument.body.innerText); } catch (e) { done(''); } };
    frame.src = ROOT + 'health';
    document.body.append(frame);
  }),
  opener: () => window.opener && 'opener',
  socket: () => new Promise(done => {
    const socket = new WebSocket(ROOT.replace('http', 'ws') + 'desktop/' + OTHER);
    socket.onopen = () => done('open');
    socket.onerror = () => done('');
  }),
};
(async () => {
  const got = {};
  for (const [name, attempt] of Object.entries(tries)) {
    try { got[name] = await attempt() || ''; } catch (error) { got[name] = ''; }
  }
  told.textContent = JSON.stringify(got);
  document.title = 'done';
})();
</script>"""


class Server:
    def __init__(self, base, token, domain=None):
        self.base, self.token, self.domain = base.rstrip("/"), token, domain
        self.place = urllib.parse.urlsplit(self.base).netloc

    def call(self, method, path, body=None):
        with contextlib.closing(http.client.HTTPConnection(self.place, timeout=120)) as connection:
            headers = {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            data = answer.read()
        check(answer.status in (200, 201, 204), "%s %s" % (method, path), (answer.status, data[:300]))
        return json.loads(data) if data else None

    def host_of(self, sandbox, place):
        """The address of a host that one place of a sandbox has for itself."""
        port = urllib.parse.urlsplit(self.base).port
        return "http://%s-%s.%s:%d" % (sandbox.id, place, self.domain, port)

    @contextlib.contextmanager
    def sandbox(self, kind):
        name = self.call("POST", "/create", {"sandbox_type": kind})["data"]
        check(name, "no sandbox of type " + kind)
        try:
            yield Sandbox(self, name)
        finally:
            self.call("POST", "/release", {"identity": name})


class Sandbox:
    def __init__(self, server, name):
        self.server, self.name = server, name
        info = server.call("POST", "/get_info", {"identity": name})["data"]
        self.runtime_token, self.id = info["runtime_token"], info["session_id"]

    def shell(self, command):
        told = self.server.call("POST", "/call_tool", {"identity": self.name, "tool_name": "run_shell_command", "arguments": {"command": command}})
        check(not told["data"]["isError"], "shell", told)

    def serve(self, page):
        """Puts a page on a port of the sandbox."""
        self.shell("mkdir -p /workspace/site && cat >/workspace/site/index.html <<'END'\n%s\nEND\n" % page
                   + "cd /workspace/site && (setsid python3 -m http.server %d --bind 127.0.0.1 >/dev/null 2>&1 &) ; " % PORT
                   + "for i in $(seq 100); do curl -s -o /dev/null http://127.0.0.1:%d/ && exit 0; sleep 0.1; done; exit 1" % PORT)

    def addresses(self):
        return self.server.call("GET", "/api/v1/sandboxes/%s/browser" % self.name)

    def revoke(self, ticket):
        self.server.call("DELETE", "/api/v1/sandboxes/%s/tickets/%s" % (self.name, ticket))


def until(what, condition, seconds=30):
    end = time.monotonic() + seconds
    while True:
        seen = condition()
        if seen:
            return seen
        check(time.monotonic() < end, "not in time: " + what)
        time.sleep(0.1)


@contextlib.contextmanager
def watching_browser():
    """A Chromium of this machine."""
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        check(program, "there is no chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser.new_page()
        finally:
            browser.close()


def snippet(heading, language="python"):
    pattern = r"^## %s\n.*?```%s\n(.*?)```" % (re.escape(heading), language)
    found = re.search(pattern, DOCUMENT.read_text(encoding="utf-8"), re.S | re.M)
    check(found is not None, "%s has no snippet for %s" % (DOCUMENT.name, heading))
    return found.group(1)


def the_snippet_for_playwright_drives_the_browser(server):
    with server.sandbox("browser") as sandbox, tempfile.TemporaryDirectory() as folder:
        sandbox.serve(DRIVEN)
        code = snippet("Playwright").replace("https://example.com", "http://127.0.0.1:%d/" % PORT)
        printed = script(folder, "cdp_url = %r\n%s" % (sandbox.addresses()["cdp_url"], code))
        check(printed == "Hello Ada\n", "it printed something else", printed)
        picture = pathlib.Path(folder, "page.png").read_bytes()
        check(picture.startswith(b"\x89PNG"), "no picture", picture[:10])


def the_snippet_for_browser_use_drives_the_browser(server):
    with server.sandbox("browser") as sandbox, tempfile.TemporaryDirectory() as folder:
        sandbox.serve(DRIVEN)
        model = ("import sys\nsys.path.insert(0, %r)\nfrom browser_use_model import Model\nllm = Model(%r, 'Greet')\n"
                 % (str(HERE), "http://127.0.0.1:%d/" % PORT))
        code = "%scdp_url = %r\n%s" % (model, sandbox.addresses()["cdp_url"], snippet("browser-use"))
        printed = script(folder, code, browser_use(), {"ANONYMIZED_TELEMETRY": "false", "HOME": folder})
        check(printed.endswith("seen\n") and "not seen" not in printed, "it printed something else", printed)


def browser_use():
    """A Python that has it: with all that it needs it is too large for every run of the tests."""
    wanted = HERE / "browser-use-requirements.txt"
    place = HERE.parents[2] / "target" / "browser-use-venv"
    installed = place / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True)
        subprocess.run([str(place / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", "-r", str(wanted)], check=True)
        installed.write_text(wanted.read_text())
    return str(place / "bin" / "python")


def the_command_for_aio_clients_runs_in_the_sandbox_of_its_session(server):
    command = snippet("AIO Sandbox clients", "console").removeprefix("$ ").replace("localhost:8000", server.place)
    run = subprocess.run(["bash", "-c", command], env={**os.environ, "token": server.token}, capture_output=True, text=True,
                         timeout=120, check=False)
    try:
        told = json.loads(run.stdout or "{}")
        check(told.get("success") and told["data"]["output"].strip() == "/workspace", "it was not run", run.stdout + run.stderr)
    finally:
        for name in server.call("POST", "/get_session_mapping", {"session_ctx_id": "aio:a"})["data"]:
            server.call("POST", "/release", {"identity": name})


def a_second_browser_watches_the_screen_until_its_ticket_is_revoked(server):
    with server.sandbox("browser") as sandbox, watching_browser() as page:
        given = sandbox.addresses()
        screen = "%s/desktop/%s/vnc/vnc_lite.html" % (server.base, sandbox.name)
        answer = page.goto(screen)
        check(answer.status == 401, "without a ticket", answer.status)
        ticket = urllib.parse.urlsplit(given["vnc_url"]).query
        answer = page.goto(screen + "?" + ticket + "&password=" + urllib.parse.quote(sandbox.runtime_token))
        check(answer.status == 200, "with a ticket", answer.status)
        state = functools.partial(page.evaluate, "document.documentElement.dataset.state")
        until("the viewer is connected", lambda: state() == "connected")
        for red, green, blue in ((255, 0, 0), (0, 0, 255)):
            drive(given["cdp_url"], "data:text/html,<body style='background:rgb(%d,%d,%d)'>" % (red, green, blue))
            until("the change is to be seen", lambda: pixel(page) == [red, green, blue])
        sandbox.revoke(given["ticket_id"])
        until("the viewer is no longer connected", lambda: state() != "connected")
        answer = page.goto(screen + "?" + ticket)
        check(answer.status == 401, "after revocation", answer.status)


def the_snippet_for_novnc_shows_the_screen(server):
    check((NOVNC / "core" / "rfb.js").is_file(), "noVNC is not in target/novnc: bin/test fetches it")
    with server.sandbox("browser") as sandbox, tempfile.TemporaryDirectory() as folder, watching_browser() as page:
        given = sandbox.addresses()
        for part in ("core", "vendor"):
            pathlib.Path(folder, part).symlink_to(NOVNC / part)
        code = VIEWER % (json.dumps(given["vnc_url"]), json.dumps(sandbox.runtime_token), snippet("noVNC", "javascript"))
        pathlib.Path(folder, "index.html").write_text(code, encoding="utf-8")
        handler = functools.partial(Quiet, directory=folder)
        with Site(("127.0.0.1", 0), handler) as site:
            threading.Thread(target=site.serve_forever, daemon=True).start()
            page.goto("http://127.0.0.1:%d/" % site.server_port)
            until("the viewer is connected", lambda: page.title() == "connected")
            drive(given["cdp_url"], "data:text/html,<body style='background:rgb(0,255,0)'>")
            until("the change is to be seen", lambda: pixel(page) == [0, 255, 0])
            site.shutdown()


class Site(http.server.ThreadingHTTPServer):
    request_queue_size = 128  # a browser asks for all modules of a page at once


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def script(folder, code, python=sys.executable, variables=None):
    """Runs a program of its own, since Playwright wants to be alone in one, and returns what it printed."""
    run = subprocess.run([python, "-c", code], cwd=folder, env={**os.environ, **(variables or {})}, capture_output=True, text=True,
                         timeout=120, check=False)
    check(run.returncode == 0, "it failed", run.stderr[-400:])
    return run.stdout


def drive(cdp_url, address):
    script(None, "from playwright.sync_api import sync_playwright\nwith sync_playwright() as p:\n"
                 " p.chromium.connect_over_cdp(%r).contexts[0].pages[0].goto(%r)" % (cdp_url, address))


def pixel(page):
    """One well inside the page that the screen shows."""
    return page.evaluate("""() => {
      const canvas = document.querySelector('canvas');
      return [...canvas.getContext('2d').getImageData(canvas.width / 4, canvas.height * 3 / 4, 1, 1).data].slice(0, 3);
    }""")


def a_hostile_page_in_one_sandbox_reaches_no_other_and_not_the_server(server):
    got = hostile_page(server, lambda sandbox: "%s/sandboxes/%s/ports/%d/" % (server.base, sandbox.name, PORT))
    check(set(got.values()) == {""}, "it got something", got)


def a_hostile_page_on_a_host_of_its_own_reaches_no_other_and_not_the_server(server):
    got = hostile_page(server, lambda sandbox: server.host_of(sandbox, PORT) + "/")
    check((got.pop("storage"), got.pop("popup")) == ("b", "opened"), "it is no page like others", got)
    check(set(got.values()) == {""}, "it got something", got)


def hostile_page(server, seen_at):
    """What a page got that tries to reach what is not its own, the browser having been let in to another sandbox before."""
    with server.sandbox("base") as victim, server.sandbox("base") as sandbox, watching_browser() as page:
        victim.serve("secret")
        names = {"ROOT": json.dumps(server.base + "/"), "OTHER": json.dumps(victim.name), "PORT": str(PORT), "HOST": json.dumps(seen_at(victim))}
        sandbox.serve(re.sub("ROOT|OTHER|PORT|HOST", lambda name: names[name.group()], HOSTILE))
        for opened, text in ((victim, "secret"), (sandbox, "Hostile")):
            ticket = server.call("POST", "/api/v1/sandboxes/%s/tickets" % opened.name, {"purposes": ["ports", "vnc"]})["ticket"]
            answer = page.goto("%s/sandboxes/%s/ports/%d/?ticket=%s" % (server.base, opened.name, PORT, ticket))
            check(answer.status == 200 and text in page.content(), "the page of " + text, answer.status)
            check(server.domain is None or page.url == seen_at(opened), "the place of the page", page.url)
        until("its tries are over", lambda: page.title() == "done")
        got = json.loads(page.inner_text("#told"))
        check("Hostile" in got.pop("own"), "it does not get its own page", got)
        check((len(page.context.pages) > 1) == (got["popup"] == "opened"), "windows", got)
        return got


def the_screen_on_a_host_of_its_own_is_watched(server):
    with server.sandbox("browser") as sandbox, watching_browser() as page:
        ticket = urllib.parse.urlsplit(sandbox.addresses()["vnc_url"]).query
        page.goto("%s/desktop/%s/vnc/vnc_lite.html?%s&password=%s" % (server.base, sandbox.name, ticket, sandbox.runtime_token))
        check(page.url.startswith(server.host_of(sandbox, "vnc") + "/vnc/vnc_lite.html"), "the place of the page", page.url)
        until("the viewer is connected", lambda: page.evaluate("document.documentElement.dataset.state") == "connected")


CASES = [the_snippet_for_playwright_drives_the_browser, the_command_for_aio_clients_runs_in_the_sandbox_of_its_session,
         the_snippet_for_novnc_shows_the_screen, a_second_browser_watches_the_screen_until_its_ticket_is_revoked, a_hostile_page_in_one_sandbox_reaches_no_other_and_not_the_server]  # fmt: skip
CASES_OF_BROWSER_USE = [the_snippet_for_browser_use_drives_the_browser]
CASES_OF_A_DOMAIN = [the_screen_on_a_host_of_its_own_is_watched, a_hostile_page_on_a_host_of_its_own_reaches_no_other_and_not_the_server]


def passes(case, server):
    began = time.monotonic()
    try:
        case(server)
    except Exception as problem:
        place = traceback.extract_tb(problem.__traceback__)[-1]
        text = "FAIL %s: %s: %s (%s:%d)" % (case.__name__, type(problem).__name__, problem, os.path.basename(place.filename), place.lineno)
        print(" ".join(text.split()), flush=True)
        return False
    print("PASS %s: %.1f s" % (case.__name__, time.monotonic() - began), flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--sandbox-domain", help="the server's SANDBOX_DOMAIN, if it has one: what is different with it is checked")
    parser.add_argument("--browser-use", action="store_true", help="check what needs browser-use instead, which is installed for it")
    options = parser.parse_args()
    server = Server(options.base_url, options.token, options.sandbox_domain)
    cases = CASES_OF_BROWSER_USE if options.browser_use else CASES_OF_A_DOMAIN if server.domain else CASES
    results = [passes(case, server) for case in cases]
    print("%d passed, %d failed, 0 skipped" % (results.count(True), results.count(False)))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
