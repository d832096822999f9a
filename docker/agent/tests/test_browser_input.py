"""What the browser's tools do to a page that records its events."""

from __future__ import annotations

import os

from tests.chromium import SCRIPT, BrowserCase, ref_in
from tests.harness import wait_until

PAGE = (
    "<!doctype html><title>Form</title>"
    + SCRIPT
    + """
<form onsubmit="tell({submit: n.value}); return false">
  <input id=n aria-label=Name value=old oninput="tell({input: this.value, trusted: event.isTrusted})" onkeydown="tell('key ' + event.key)">
  <button onclick="tell({click: event.detail, trusted: event.isTrusted, button: event.button})">Send</button>
</form>
<div onclick="tell('div')" style="margin-top:2000px" ondblclick="tell('twice')" oncontextmenu="tell('context'); return false">Far below</div>
<label><input type=checkbox onchange="tell(this.checked)" style="opacity:0"> Agree</label>
<select aria-label=Fruit onchange="tell(this.value)"><option value=a>Apple<option value=b>Bear<option disabled>Cow</select>
<select aria-label=Many multiple onchange="tell([...this.selectedOptions].map(o => o.value))"><option>x<option>y<option>z</select>
<input type=date aria-label=Day onchange="tell(this.value)">
<div contenteditable aria-label=Rich role=textbox oninput="tell(this.textContent)">rich</div>
<input aria-label=Fixed value=v readonly>
<div onmouseenter="tell('over')" style="width:90px">Hover here</div>
<button onclick="tell(prompt('Who?', 'me'))">Ask</button>
<button onclick="f.click()">Choose</button><input type=file id=f multiple style="display:none" onchange="tell([...this.files].map(x => x.name))">
<button onclick="g.click()">Choose one</button><input type=file id=g style="display:none">
<div style="position:relative;width:80px;height:30px"><button style="width:80px;height:30px">Under</button>
<div class=cover style="position:absolute;inset:0"></div></div>
<button style="display:none" id=h>Hidden</button>
<div id=box style="width:60px;height:40px" onmousedown="tell('down')" onmouseup="tell('up here')">Box</div>
<div id=goal style="width:60px;height:40px" onmouseup="tell('up there')">Goal</div>
<div draggable=true style="width:60px;height:40px" ondragstart="event.dataTransfer.setData('text/plain', 'load')">Thing</div>
<div style="width:60px;height:40px" ondragover="event.preventDefault()" ondrop="tell('dropped ' + event.dataTransfer.getData('text/plain'))">Bin</div>
<iframe src="http://localhost:PORT/inner" title=Elsewhere style="margin:30px"></iframe>
<iframe src="/inner" title=Here></iframe>
<script>document.body.addEventListener('keydown', e => { if (e.ctrlKey) tell('ctrl ' + e.key + ' ' + e.code) })</script>
"""
)
INNER = SCRIPT + "<p style='height:120px'>space</p><button onclick=\"tell(location.hostname)\">Inside</button><input aria-label=Field oninput='tell(this.value)'>"


class InputTest(BrowserCase):
    contents = {"/inner": INNER, "/other": "<title>Other</title>"}

    def setUp(self) -> None:
        self.pages.pages["/"] = PAGE.replace("PORT", str(self.pages.port))
        self.snapshot = self.do("navigate", url=self.pages.url())
        super().setUp()

    def find(self, line: str) -> str:
        return ref_in(self.snapshot, line)

    def click(self, line: str, **more: object) -> str:
        return self.do("click", element=line, ref=self.find(line), **more)

    def test_a_click_is_a_real_one_and_reaches_what_lies_far_below(self) -> None:
        self.click('button "Send"')
        self.await_event({"click": 1, "trusted": True, "button": 0})
        self.do("click", element="far", ref=self.text_ref("Far below"), doubleClick=True)
        self.await_event("twice")
        self.do("click", element="far", ref=self.text_ref("Far below"), button="right")
        self.await_event("context")

    def text_ref(self, text: str) -> str:
        line = next(line for line in self.snapshot.split("\n") if line.endswith(f": {text}"))
        return line.partition("[ref=")[2].partition("]")[0]

    def test_a_box_behind_its_label_is_ticked(self) -> None:
        self.click('checkbox "Agree"')
        self.await_event(True)
        self.assertIn('checkbox "Agree" [checked]', self.do("snapshot"))

    def test_typing_takes_the_place_of_what_was_there(self) -> None:
        self.do("type", element="name", ref=self.find('textbox "Name"'), text="Grüße 你好", submit=True, slowly=False)
        self.await_event({"input": "Grüße 你好", "trusted": True})
        self.await_event({"submit": "Grüße 你好"})
        self.do("type", element="name", ref=self.find('textbox "Name"'), text="", submit=False)
        self.await_event({"input": "", "trusted": True})

    def test_slow_typing_presses_the_keys(self) -> None:
        self.do("type", element="name", ref=self.find('textbox "Name"'), text="aB!é", submit=False, slowly=True)
        self.await_event({"input": "aB!é", "trusted": True})
        for key in ("a", "B", "!"):
            self.await_event(f"key {key}")

    def test_dates_and_rich_texts_are_typed_too(self) -> None:
        self.do("type", element="day", ref=self.find('textbox "Day"'), text="2030-12-31")
        self.await_event("2030-12-31")
        self.assertIn("2030-12-31", self.fail_to("type", element="day", ref=self.find('textbox "Day"'), text="tomorrow"))
        self.do("type", element="rich", ref=self.find('textbox "Rich"'), text="new")
        self.await_event("new")

    def test_what_takes_no_text_says_so(self) -> None:
        self.assertIn("read-only", self.fail_to("type", element="f", ref=self.find('textbox "Fixed"'), text="x"))
        self.assertIn("nothing to type into", self.fail_to("type", element="s", ref=self.find('button "Send"'), text="x"))

    def test_keys_are_pressed_alone_and_together(self) -> None:
        self.click('textbox "Name"')
        self.do("press_key", key="End")
        self.do("press_key", key="x")
        self.await_event({"input": "oldx", "trusted": True})
        self.do("press_key", key="Control+A")
        self.await_event("ctrl a KeyA")
        self.do("press_key", key="Backspace")
        self.await_event({"input": "", "trusted": True})
        self.assertIn("there is no key 'Foo'", self.fail_to("press_key", key="Foo"))

    def test_options_are_selected_by_value_or_label(self) -> None:
        self.do("select_option", element="fruit", ref=self.find('combobox "Fruit"'), values=["Bear"])
        self.await_event("b")
        self.do("select_option", element="many", ref=self.find('listbox "Many"'), values=["x", "z"])
        self.await_event(["x", "z"])
        fruit = self.find('combobox "Fruit"')
        self.assertIn('["Apple","Bear","Cow"]', self.fail_to("select_option", element="f", ref=fruit, values=["Plum"]))
        self.assertIn("Only one option", self.fail_to("select_option", element="f", ref=fruit, values=["a", "b"]))
        self.assertIn("no list of options", self.fail_to("select_option", element="f", ref=self.find('button "Send"'), values=["a"]))

    def test_the_mouse_hovers(self) -> None:
        self.do("hover", element="h", ref=self.text_ref("Hover here"))
        self.await_event("over")

    def test_a_drag_is_one_of_the_mouse_or_carries_what_the_page_lets_be_dragged(self) -> None:
        self.do("drag", startElement="box", startRef=self.text_ref("Box"), endElement="goal", endRef=self.text_ref("Goal"))
        self.await_event("down")
        self.await_event("up there")
        self.do("drag", startElement="thing", startRef=self.text_ref("Thing"), endElement="bin", endRef=self.text_ref("Bin"))
        self.await_event("dropped load")

    def test_a_prompt_gets_its_answer(self) -> None:
        self.assertIn('"prompt" dialog with message "Who?"', self.click('button "Ask"'))
        self.do("handle_dialog", accept=True, promptText="you")
        self.await_event("you")
        self.click('button "Ask"')
        self.do("handle_dialog", accept=False, promptText="")
        self.await_event(None)

    def test_files_are_given_to_the_page_that_asks_for_them(self) -> None:
        for name in ("a.txt", "b.txt"):
            self.agent.put(name, b"x")
        self.assertIn("no file chooser is open", self.fail_to("file_upload", paths=[self.agent.path("a.txt")]))
        self.click('button "Choose"')
        wait_until(lambda: "[File chooser]" in self.do("snapshot"))
        self.assertIn("there is no file", self.fail_to("file_upload", paths=["/no/such/file"]))
        self.do("file_upload", paths=[self.agent.path("a.txt"), "b.txt"])
        self.await_event(["a.txt", "b.txt"])
        self.click('button "Choose one"')
        wait_until(lambda: "[File chooser]" in self.do("snapshot"))
        self.assertIn("one file only", self.fail_to("file_upload", paths=["a.txt", "b.txt"]))
        self.do("file_upload", paths=["a.txt"])

    def test_what_is_covered_is_not_clicked_and_told_by_what(self) -> None:
        self.assertIn('covered by <div class="cover"', self.fail_to("click", element="u", ref=self.find('button "Under"')))

    def test_frames_of_the_same_and_of_another_site_are_seen_and_used(self) -> None:
        for frame, host in (("Elsewhere", "localhost"), ("Here", "127.0.0.1")):
            inside = self.snapshot.partition(f'iframe "{frame}"')[2]
            self.do("click", element="inside", ref=ref_in(inside, 'button "Inside"'))
            self.await_event(host)
            self.do("type", element="field", ref=ref_in(inside, 'textbox "Field"'), text=f"in {frame}")
            self.await_event(f"in {frame}")

    def test_refs_last_as_long_as_their_elements(self) -> None:
        ref = self.find('button "Send"')
        self.assertEqual(self.ref('button "Send"'), ref)
        self.do("evaluate", function="() => document.querySelector('form').remove()")
        self.assertIn(f"Ref {ref} not found in the current page: take a new snapshot", self.fail_to("click", element="s", ref=ref))
        self.assertIn("take a new snapshot", self.fail_to("click", element="s", ref="e99999"))
        self.snapshot = self.do("navigate", url=self.pages.url())
        self.assertNotEqual(self.find('button "Send"'), ref)

    def test_what_was_hidden_meanwhile_is_told(self) -> None:
        ref = self.find('button "Send"')
        self.do("evaluate", function="() => document.querySelector('form').style.display = 'none'")
        self.assertIn("is not visible", self.fail_to("click", element="s", ref=ref))

    def test_functions_are_evaluated_with_and_without_an_element(self) -> None:
        self.assertEqual(self.do("evaluate", function="() => 6 * 7"), "42")
        told = self.do("evaluate", function="async e => e.textContent", element="s", ref=self.find('button "Send"'))
        self.assertEqual(told, '"Send"')
        self.assertIn("Error: oh", self.fail_to("evaluate", function="() => { throw new Error('oh') }"))

    def test_the_workspace_is_all_that_files_are_written_to(self) -> None:
        os.symlink("/etc", self.agent.path("etc"))
        self.assertIn("cannot be written", self.fail_to("take_screenshot", filename="etc/x.png"))


