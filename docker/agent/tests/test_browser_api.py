"""AIO Sandbox's browser routes, on a page that records its events."""

from __future__ import annotations

import socket
import time
import unittest
from typing import Any

from tests.chromium import SCRIPT, BrowserCase
from tests.harness import AUTHORIZED, Agent, Answer

PAGE = (
    "<!doctype html><title>Events</title>"
    + SCRIPT
    + """<style>body { margin: 0 } div, input, button { position: absolute; left: 0; width: 200px; height: 40px; box-sizing: border-box }</style>
<div id=pad style="top:0;background:#ccc">pad</div>
<input style="top:50px" oninput="tell('text ' + this.value)" onkeydown="tell('down ' + event.key)" onkeyup="tell('up ' + event.key)">
<button style="top:100px" onclick="tell('answer ' + prompt('Name?'))">Ask</button>
<div draggable=true style="top:150px" ondragstart="event.dataTransfer.setData('text/plain', 'load')">thing</div>
<div style="top:200px" ondragover="event.preventDefault()" ondrop="tell('drop ' + event.dataTransfer.getData('text/plain'))">bin</div>
<div style="top:3000px">end</div>
<script>
const at = e => `${e.clientX},${e.clientY} ${e.button}`;
for (const kind of ['mousedown', 'mouseup', 'click', 'dblclick', 'contextmenu', 'auxclick'])
  pad.addEventListener(kind, e => { e.preventDefault(); tell(`${kind} ${at(e)}`) });
pad.addEventListener('click', e => tell(`count ${e.detail}`));
addEventListener('mousemove', e => tell(`move ${e.clientX},${e.clientY} ${e.buttons}`));
addEventListener('scroll', () => tell(`scroll ${scrollX},${scrollY}`));
addEventListener('keydown', e => { if (e.ctrlKey && e.key !== 'Control') tell(`hotkey ${e.key} ${e.shiftKey}`) });
</script>"""
)


LEAVE = "<script>onbeforeunload = e => { e.preventDefault(); return '' }</script><button style='position:absolute;inset:0'>b</button>"


class ApiCase(BrowserCase):
    contents = {"/": PAGE, "/two": "<title>Two</title>two", "/cookie": "<title>Cookie</title>", "/alert": "<script>alert('now')</script>", "/leave": LEAVE}

    def act(self, kind: str, **values: Any) -> dict[str, Any]:
        answer = self.agent.post("/v1/browser/actions", {"action_type": kind, **values})
        self.assertEqual(answer.status, 200, answer.body)
        told: dict[str, Any] = answer.json()
        self.assertTrue(told["success"], told)
        return told

    def fail_to_act(self, kind: str, **values: Any) -> str:
        told = self.agent.post("/v1/browser/actions", {"action_type": kind, **values}).json()
        self.assertFalse(told["success"], told)
        return str(told["message"])

    def open(self, path: str = "/") -> None:
        self.do("navigate", url=self.pages.url(path))
        self.pages.events.clear()

    def get(self, path: str) -> Answer:
        return self.agent.request("GET", f"/v1/browser/{path}")

    def info(self) -> dict[str, Any]:
        told = self.get("info").json()
        self.assertTrue(told["success"], told)
        data: dict[str, Any] = told["data"]
        return data

    def post(self, path: str, **values: Any) -> dict[str, Any]:
        told: dict[str, Any] = self.agent.post(f"/v1/browser/{path}", values).json()
        return told


class ActionsTest(ApiCase):
    def setUp(self) -> None:
        self.open()

    def test_the_answer_has_the_envelope_and_the_older_fields(self) -> None:
        done = {"status": "success", "action_performed": "MOVE_TO"}
        told = self.act("MOVE_TO", x=5, y=6)
        self.assertEqual(told, {"success": True, "message": "Operation successful", "data": done, "hint": None, **done})

    def test_the_mouse_moves_to_a_place_and_by_a_distance(self) -> None:
        self.act("MOVE_TO", x=50, y=20)
        self.await_event("move 50,20 0")
        self.act("MOVE_REL", x_offset=10, y_offset=-5)
        self.await_event("move 60,15 0")

    def test_clicks_of_every_button_and_number(self) -> None:
        self.act("CLICK", x=10, y=11)
        self.await_event("click 10,11 0")
        self.act("CLICK", num_clicks=3)
        self.await_event("count 3")
        self.act("CLICK", x=20, y=11, button="middle")
        self.await_event("auxclick 20,11 1")
        self.act("RIGHT_CLICK", x=30, y=11)
        self.await_event("contextmenu 30,11 2")
        self.act("DOUBLE_CLICK", x=40, y=11)
        self.await_event("dblclick 40,11 0")

    def test_a_button_is_held_and_let_go(self) -> None:
        self.act("MOVE_TO", x=10, y=10)
        self.act("MOUSE_DOWN", button="left")
        self.await_event("mousedown 10,10 0")
        self.act("MOVE_TO", x=12, y=13)
        self.await_event("move 12,13 1")
        self.act("MOUSE_UP")
        self.await_event("mouseup 12,13 0")

    def test_drags_to_a_place_and_by_a_distance(self) -> None:
        self.act("MOVE_TO", x=20, y=170)
        self.act("DRAG_TO", x=20, y=220)
        self.await_event("drop load")
        self.act("MOVE_TO", x=10, y=10)
        self.act("DRAG_REL", x_offset=40, y_offset=9)
        self.await_event("mousedown 10,10 0")
        self.await_event("mouseup 50,19 0")

    def test_the_page_is_scrolled_down_by_a_positive_distance(self) -> None:
        self.act("MOVE_TO", x=300, y=300)
        self.act("SCROLL", dx=0, dy=240)
        self.await_event("scroll 0,240")

    def test_texts_are_typed_at_once_and_key_by_key(self) -> None:
        self.act("CLICK", x=20, y=70)
        self.act("TYPING", text="Hé ", use_clipboard=True)
        self.await_event("text Hé ")
        self.act("TYPING", text="oK", use_clipboard=False)
        self.await_event("text Hé oK")
        self.await_event("down K")

    def test_keys_are_pressed_held_and_combined(self) -> None:
        self.act("CLICK", x=20, y=70)
        self.act("PRESS", key="a")
        self.await_event("text a")
        self.act("KEY_DOWN", key="SHIFT")
        self.act("PRESS", key="b")
        self.act("KEY_UP", key="shift")
        self.await_event("text aB")
        self.await_event("up Shift")
        self.act("HOTKEY", keys=["CTRL", "A"])
        self.await_event("hotkey a false")
        self.act("PRESS", key="BACKSPACE")
        self.await_event("text ")
        self.act("HOTKEY", keys=["ctrl", "shift", "k"])
        self.await_event("hotkey K true")

    def test_waiting_takes_its_time(self) -> None:
        start = time.monotonic()
        self.act("WAIT", duration=0.5)
        self.assertGreaterEqual(time.monotonic() - start, 0.5)

    def test_a_client_that_hangs_up_waits_no_longer(self) -> None:
        body = b'{"action_type":"WAIT","duration":50}'
        with self.agent.connect() as sock:
            sock.sendall(f"POST /v1/browser/actions HTTP/1.1\r\n{AUTHORIZED}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            time.sleep(0.5)
        start = time.monotonic()
        self.act("MOVE_TO", x=1, y=1)
        self.assertLess(time.monotonic() - start, 20)

    def test_the_address_bar_opens_what_is_typed_there(self) -> None:
        self.act("HOTKEY", keys=["CTRL", "L"])
        self.act("TYPING", text=self.pages.url("/two"))
        self.act("PRESS", key="ENTER")
        self.assertIn("Page Title: Two", self.do("snapshot"))
        self.act("HOTKEY", keys=["ALT", "LEFT"])
        self.assertIn("Page Title: Events", self.do("snapshot"))
        self.act("HOTKEY", keys=["CTRL", "L"])
        self.act("TYPING", text="some words", use_clipboard=False)
        self.assertIn("is no address", self.fail_to_act("PRESS", key="ENTER"))
        self.act("PRESS", key="F5")
        self.act("CLICK", x=20, y=70)
        self.act("TYPING", text="here again")
        self.await_event("text here again")

    def test_tabs_are_opened_changed_and_closed_by_keys(self) -> None:
        self.act("HOTKEY", keys=["ctrl", "t"])
        self.act("TYPING", text=self.pages.url("/two") + "\n")
        self.assertIn("Page Title: Two", self.do("snapshot"))
        self.act("HOTKEY", keys=["ctrl", "tab"])
        self.assertIn("Page Title: Events", self.do("snapshot"))
        self.act("HOTKEY", keys=["ctrl", "tab"])
        self.act("HOTKEY", keys=["ctrl", "w"])
        self.assertIn("Page Title: Events", self.do("snapshot"))

    def test_a_dialog_has_the_keyboard(self) -> None:
        self.act("CLICK", x=20, y=120)
        self.assertIn("PRESS ENTER accepts it", self.fail_to_act("CLICK", x=1, y=1))
        self.act("TYPING", text="Kim")
        self.act("PRESS", key="ENTER")
        self.await_event("answer Kim")
        self.act("CLICK", x=20, y=120)
        self.act("PRESS", key="ESC")
        self.await_event("answer null")

    def test_wrong_arguments_are_told_where_they_are(self) -> None:
        for values, name in (
            ({"action_type": "FLY"}, "action_type"), ({}, "action_type"), ({"action_type": "MOVE_TO", "x": 1}, "y"),
            ({"action_type": "MOVE_TO", "x": 1, "y": "2"}, "y"), ({"action_type": "CLICK", "button": "fourth"}, "button"),
            ({"action_type": "CLICK", "num_clicks": 4}, "num_clicks"), ({"action_type": "HOTKEY", "keys": []}, "keys"),
            ({"action_type": "PRESS", "key": "FOO"}, "key"), ({"action_type": "WAIT", "duration": -1}, "duration"),
            ({"action_type": "perform"}, "action_type"), ({"action_type": "_CLICK"}, "action_type"),
        ):  # fmt: skip
            answer = self.agent.post("/v1/browser/actions", values)
            self.assertEqual((answer.status, answer.json()["detail"][0]["loc"]), (422, ["body", name]), values)


class RoutesTest(ApiCase):
    def test_the_routes_want_the_token(self) -> None:
        self.assertEqual(self.agent.request("GET", "/v1/browser/info", token=None).status, 403)

    def test_info_leads_to_the_browsers_own_protocol_through_the_agent(self) -> None:
        data = self.info()
        self.assertIn("Chrome", data["user_agent"])
        self.assertEqual(data["viewport"], data["page_viewport"])
        self.assertEqual(data["vnc_url"], "/vnc/vnc_lite.html")
        with self.agent.connect() as sock:
            head = f"GET {data['cdp_url']} HTTP/1.1\r\nHost: agent\r\nAuthorization: Bearer test-token\r\nConnection: Upgrade\r\n"
            sock.sendall((head + "Upgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
            self.assertTrue(sock.recv(100).startswith(b"HTTP/1.1 101"))

    def test_screenshots_come_as_pictures_with_their_sizes(self) -> None:
        self.open()
        self.assertTrue(self.post("config", resolution={"width": 640, "height": 480})["success"])
        for query, kind, start in (("", "png", b"\x89PNG"), ("?format=jpg&quality=40", "jpeg", b"\xff\xd8"), ("?format=jpeg", "jpeg", b"\xff\xd8")):
            answer = self.get(f"screenshot{query}")
            self.assertEqual((answer.status, answer.headers["content-type"]), (200, f"image/{kind}"))
            self.assertTrue(answer.body.startswith(start))
            sizes = [answer.headers[f"x-{name}"] for name in ("screen-width", "screen-height", "image-width", "image-height")]
            self.assertEqual(sizes, ["640", "480", "640", "480"])
        self.assertEqual(self.get("screenshot?format=gif").status, 422)
        self.assertEqual(self.info()["viewport"], {"width": 640, "height": 480})
        self.assertEqual(self.agent.post("/v1/browser/config", {"resolution": {"width": 0, "height": 1}}).status, 422)

    def test_a_page_with_a_dialog_has_no_picture_and_says_why(self) -> None:
        self.open("/alert")
        answer = self.get("screenshot")
        self.assertEqual((answer.status, answer.json()["success"]), (500, False))
        self.assertIn("shows a dialog ('now')", answer.json()["message"])
        self.act("PRESS", key="ENTER")

    def test_a_soft_restart_leaves_nothing_behind_and_the_browser_running(self) -> None:
        self.open("/cookie")
        self.do("evaluate", function="async () => { localStorage.setItem('a', 'b'); const c = await caches.open('k'); await c.put('/x', new Response('y')) }")
        self.assertEqual(self.left_behind(), '["who=me",1,1]')
        self.do("tab_new", url=self.pages.url("/two"))
        starts = self.chromium.starts
        self.assertTrue(self.post("restart", mode="soft")["success"])
        self.assertEqual(self.do("tab_list").split("\n")[1:], ["- 0: (current) [] (about:blank)"])
        self.open("/two")
        self.assertEqual(self.left_behind(), '["",0,0]')
        self.assertEqual(self.chromium.starts, starts)

    def test_pages_that_do_not_want_to_go_are_closed_all_the_same(self) -> None:
        self.open("/leave")
        self.act("CLICK", x=5, y=5)
        self.do("tab_new", url=self.pages.url("/alert"))
        self.assertTrue(self.post("restart", mode="soft")["success"])
        self.assertEqual(self.do("tab_list").split("\n")[1:], ["- 0: (current) [] (about:blank)"])

    def left_behind(self) -> str:
        told = self.do("evaluate", function="async () => [document.cookie, localStorage.length, (await caches.keys()).length]")
        return "".join(told.split())

    def test_a_hard_restart_is_another_browser(self) -> None:
        self.open("/two")
        starts, before = self.chromium.starts, self.info()["cdp_url"]
        self.assertTrue(self.post("restart", locale="de-DE")["success"])
        self.assertEqual(self.chromium.starts, starts + 1)
        self.assertNotEqual(self.info()["cdp_url"], before)
        self.open("/two")
        self.assertEqual(self.do("evaluate", function="() => navigator.language + Intl.NumberFormat().format(1.5)"), '"de-DE1,5"')
        self.assertEqual(self.agent.post("/v1/browser/restart", {"mode": "gentle"}).status, 422)


class WithoutBrowserTest(unittest.TestCase):
    def test_a_sandbox_without_a_browser_says_so_and_one_whose_browser_is_away_too(self) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            for address, status, text in (("", 404, "this sandbox has no browser"), (f"127.0.0.1:{closed.getsockname()[1]}", 503, "does not answer")):
                agent = Agent({"AGENT_CDP": address})
                try:
                    answer = agent.request("GET", "/v1/browser/info")
                    self.assertEqual(answer.status, status, answer.body)
                    self.assertIn(text, str(answer.json()))
                    tools = agent.request("GET", "/mcp/list_tools").json()
                    self.assertEqual("playwright" in tools, bool(address))
                finally:
                    agent.stop()
                    agent.remove()
