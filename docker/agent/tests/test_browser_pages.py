"""Where the browser's tools lead, and what they tell of it."""

from __future__ import annotations

import base64
import os
import socket
import threading
import time

from tests.chromium import BrowserCase, ref_in
from tests.harness import AUTHORIZED, wait_until

CONTENTS = {
    "/": "<title>First</title><h1>One</h1><a href=/two>to two</a><a href=/three target=_blank>beside</a>",
    "/two": "<title>Second</title><h1>Two</h1>",
    "/three": "<title>Third</title><h1>Three</h1>",
    "/cookie": "<title>Cookie</title>",
    "/download": "some bytes",
    "/late": "<p id=p>wait</p><script>setTimeout(() => p.textContent = 'it  is there', 300)</script>",
    "/noise": """<script>console.log('hello', 3, {a: 1}); console.error('bad'); fetch('/missing'); fetch('/moved');
        setTimeout(() => { throw new Error('thrown') })</script>""",
    "/alert": "<title>Alert</title><script>alert('at once')</script><p>after</p>",
    "/leave": "<script>onbeforeunload = e => { e.preventDefault(); return '' }</script><button>b</button>",
    "/hang": "<title>Hang</title><img src=/slow>",
    "/tall": "<body style='margin:0'><div style='height:3000px;width:50px'>tall</div><div id=d style='width:70px;height:30px'><button "
    "style='width:70px;height:30px'>small</button></div>",
    "/onward": "<title>Onward</title><script>location = '/two'</script><img src=/slow>",
    "/crash": "<title>fine</title>",
}


class NavigationTest(BrowserCase):
    contents = CONTENTS

    def go(self, path: str) -> str:
        return self.do("navigate", url=self.pages.url(path))

    def test_the_tools_that_clients_call_are_listed_as_those_of_playwright(self) -> None:
        tools = self.agent.request("GET", "/mcp/list_tools").json()["playwright"]
        wanted = "close resize console_messages handle_dialog file_upload press_key navigate navigate_back navigate_forward network_requests"
        wanted += " pdf_save take_screenshot snapshot click drag hover type select_option tab_list tab_new tab_select tab_close wait_for"
        self.assertLessEqual({f"browser_{name}" for name in wanted.split()}, set(tools))
        self.assertEqual(tools["browser_type"]["json_schema"]["function"]["parameters"]["required"], ["element", "ref", "text"])

    def test_navigation_answers_with_the_page_that_is_there(self) -> None:
        told = self.go("/")
        self.assertIn(f"- Page URL: {self.pages.url()}\n- Page Title: First", told)
        self.assertIn('- heading "One" [level=1]', told)
        self.assertIn(f'- /url: "{self.pages.url("/two")}"', told)

    def test_back_and_forward_and_their_ends(self) -> None:
        self.do("tab_new", url=self.pages.url())
        self.go("/two")
        self.assertIn("Page Title: First", self.do("navigate_back"))
        self.assertIn("Page Title: Second", self.do("navigate_forward"))
        self.assertIn("no page to go forward to", self.fail_to("navigate_forward"))

    def test_an_address_without_a_scheme_is_made_whole(self) -> None:
        self.assertIn("Page Title: First", self.do("navigate", url=self.pages.url().replace("http://", "")))

    def test_what_cannot_be_opened_is_said(self) -> None:
        self.assertIn("ERR_CONNECTION_REFUSED", self.fail_to("navigate", url=f"http://127.0.0.1:{free_port()}/"))
        self.assertIn("ERR_NAME_NOT_RESOLVED", self.fail_to("navigate", url="http://no.such.host.invalid/"))
        self.assertIn("url: a text is needed", self.fail_to("navigate"))

    def test_a_download_is_no_page(self) -> None:
        self.go("/")
        told = self.do("navigate", url=self.pages.url("/download"))
        self.assertIn("download", told)
        self.assertIn("Page Title: First", told)

    def test_a_link_to_a_dead_place_says_so_after_the_click(self) -> None:
        self.pages.pages["/dead"] = f"<a href='http://127.0.0.1:{free_port()}/'>dead</a>"
        told = self.go("/dead")
        self.assertIn("ERR_CONNECTION_REFUSED", self.fail_to("click", element="dead", ref=ref_in(told, 'link "dead"')))

    def test_a_click_that_leads_on_waits_for_the_next_page(self) -> None:
        told = self.do("click", element="link", ref=ref_in(self.go("/"), 'link "to two"'))
        self.assertIn('- heading "Two"', told)

    def test_a_page_that_never_finishes_can_be_used_all_the_same(self) -> None:
        self.assertIn("still loading", self.go("/hang"))
        self.pages.released.set()

    def test_a_page_that_leads_on_by_itself_is_followed(self) -> None:
        start = time.monotonic()
        told = self.go("/onward")
        self.assertIn("Page Title: Second", told)
        self.assertLess(time.monotonic() - start, 8)

    def test_a_dialog_of_a_page_that_loads_is_told_and_can_be_answered(self) -> None:
        told = self.go("/alert")
        self.assertIn('- ["alert" dialog with message "at once"]', told)
        self.assertIn("answer it with browser_handle_dialog first", self.fail_to("snapshot"))
        self.assertIn("after", self.do("handle_dialog", accept=True, promptText=""))
        self.assertIn("shows no dialog", self.fail_to("handle_dialog", accept=True))

    def test_a_page_that_asks_before_it_goes_can_be_left(self) -> None:
        told = self.go("/leave")
        self.do("click", element="b", ref=ref_in(told, 'button "b"'))
        self.assertIn("beforeunload", self.go("/two"))
        self.do("handle_dialog", accept=True)
        wait_until(lambda: "Page Title: Second" in self.do("snapshot"))

    def test_tabs_are_opened_listed_selected_and_closed(self) -> None:
        starts = self.chromium.starts
        self.do("tab_new", url="")
        while len(self.do("tab_list").split("\n")) > 2:
            self.do("tab_close", index=0)
        told = self.go("/")
        self.do("click", element="link", ref=ref_in(told, 'link "beside"'))
        wait_until(lambda: "1: [Third]" in self.do("tab_list"))
        self.assertIn("- 0: (current) [First]", self.do("tab_list"))
        self.assertIn('heading "Three"', self.do("tab_select", index=1))
        self.assertIn("there is no tab 7", self.fail_to("tab_select", index=7))
        self.assertIn("Page Title: First", self.do("tab_close", index=None))
        self.do("close")
        self.assertIn("- 0: (current) [] (about:blank)", self.do("tab_list"))
        self.assertEqual(self.chromium.starts, starts)  # without any page a browser ends

    def test_the_console_and_the_network_are_told(self) -> None:
        self.go("/noise")
        wait_until(lambda: "Error: thrown" in self.do("console_messages"))
        console = self.do("console_messages")
        self.assertIn("[LOG] hello 3 Object", console)
        self.assertIn("[ERROR] bad", console)
        network = self.do("network_requests")
        self.assertIn(f"[GET] {self.pages.url('/missing')} => [404] Not Found", network)
        self.assertIn(f"[GET] {self.pages.url('/moved')} => [302] Found", network)
        self.assertIn(f"[GET] {self.pages.url('/noise')} => [200] OK", network)
        self.go("/two")
        self.assertNotIn("noise", self.do("network_requests"))
        self.assertIn("nothing to the console", self.do("console_messages"))

    def test_texts_and_time_are_waited_for(self) -> None:
        self.go("/late")
        self.assertIn("it is there", self.do("wait_for", time=None, text="it is there", textGone=None))
        self.do("wait_for", time=None, text=None, textGone="wait")
        start = time.monotonic()
        self.do("wait_for", time=0.4, text=None, textGone=None)
        self.assertGreater(time.monotonic() - start, 0.4)
        self.assertIn("one of time, text", self.fail_to("wait_for", time=None))

    def test_pictures_show_the_page_one_element_or_all(self) -> None:
        self.do("resize", width=400, height=300)
        self.addCleanup(self.do, "resize", width=1000, height=700)
        told = self.go("/tall")
        self.assertEqual(self.picture("image/png", raw=True, filename="", element="", ref=""), (400, 300))
        self.assertEqual(self.picture("image/png", raw=True, filename="", fullPage=True), (385, 3030))
        self.assertEqual(self.picture("image/png", raw=True, ref=ref_in(told, 'button "small"')), (70, 30))
        jpeg = self.call("take_screenshot", raw=False, filename="shot.jpeg").json()["content"][1]
        self.assertEqual(jpeg["mimeType"], "image/jpeg")
        with open(self.agent.path("shot.jpeg"), "rb") as file:
            self.assertEqual(file.read(), base64.b64decode(jpeg["data"]))

    def picture(self, kind: str, **arguments: object) -> tuple[int, int]:
        answer = self.call("take_screenshot", **arguments).json()
        part = answer["content"][1]
        self.assertEqual((part["type"], part["mimeType"]), ("image", kind))
        head = base64.b64decode(part["data"])[16:24]
        return int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")

    def test_a_page_is_saved_as_pdf_inside_the_workspace_only(self) -> None:
        self.go("/two")
        self.do("pdf_save", filename="folder/two.pdf")
        with open(self.agent.path("folder", "two.pdf"), "rb") as file:
            self.assertEqual(file.read(5), b"%PDF-")
        self.assertIn("choose another name", self.fail_to("pdf_save", filename="../out.pdf"))
        self.assertFalse(os.path.exists(os.path.join(self.agent.home, "out.pdf")))

    def test_a_browser_that_restarts_is_used_again(self) -> None:
        self.go("/two")
        starts = self.chromium.starts
        self.chromium.kill()
        wait_until(lambda: self.chromium.starts > starts and self.chromium.answers(), 30)
        wait_until(lambda: not self.call("snapshot").json()["isError"], 20)
        self.assertIn('heading "One"', self.go("/"))

    def test_a_page_that_crashed_is_told_and_another_one_can_be_opened(self) -> None:
        self.go("/crash")
        self.call("navigate", url="chrome://crash")
        self.assertIn("crashed", self.do("snapshot"))
        self.assertIn("crashed", self.fail_to("press_key", key="a"))
        self.assertIn("Page Title: Second", self.go("/two"))

    def test_a_client_that_hangs_up_lets_the_next_one_have_the_browser(self) -> None:
        self.go("/two")
        body = b'{"tool_name":"browser_wait_for","arguments":{"time":50}}'
        with self.agent.connect() as sock:
            sock.sendall(f"POST /mcp/call_tool HTTP/1.1\r\n{AUTHORIZED}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            wait_until(lambda: bool(self.agent.request("GET", "/tools/calls").json()["calls"]))
        start = time.monotonic()
        self.do("snapshot")
        self.assertLess(time.monotonic() - start, 5)

    def test_calls_at_the_same_time_wait_for_their_turn(self) -> None:
        self.go("/two")
        told: list[str] = []
        threads = [threading.Thread(target=lambda: told.append(self.do("evaluate", function="() => document.title"))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        self.assertEqual(told, ['"Second"'] * 8)

    def test_a_script_that_never_ends_is_ended_with_its_call(self) -> None:
        self.go("/two")
        body = {"tool_name": "browser_evaluate", "arguments": {"function": "() => { while (true); }"}, "timeout": 0.5}
        self.assertTrue(self.agent.post("/mcp/call_tool", body).json()["isError"])
        start = time.monotonic()
        self.assertIn('heading "Two"', self.do("snapshot"))
        self.assertLess(time.monotonic() - start, 10)

    def test_a_script_that_opens_a_dialog_says_so(self) -> None:
        self.go("/two")
        self.assertIn("shows a dialog ('hi')", self.fail_to("evaluate", function="() => alert('hi')"))
        self.do("handle_dialog", accept=True)

    def test_a_call_ends_at_its_time_limit(self) -> None:
        self.go("/two")
        body = {"tool_name": "browser_evaluate", "arguments": {"function": "() => new Promise(() => 0)"}, "timeout": 0.5}
        told = self.agent.post("/mcp/call_tool", body).json()
        self.assertIn("the time limit of 0.5 s was reached", told["content"][0]["text"])
        self.assertIn("Page Title: Second", self.do("snapshot"))


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
