"""The cases of the types that have more tools than ``base``: every call of the client's classes for them."""
import re
import urllib.request

from cases import check
from agentscope_runtime.sandbox import (
    BrowserSandbox, BrowserSandboxAsync, FilesystemSandbox, FilesystemSandboxAsync, GuiSandbox, GuiSandboxAsync,
)

PAGE = """<title>Form</title><h1>Form</h1>
<input aria-label=Name oninput="said.textContent=this.value"><p id=said>nothing</p>
<button onclick="said.textContent='clicked'; console.log('noted')">Send</button>
<button onclick="said.textContent=prompt('Who?')">Ask</button>
<select aria-label=Fruit onchange="said.textContent=this.value"><option>Apple<option>Pear</select>
<p onmouseover="this.textContent='hovered'">Over</p>
<p draggable=true ondragstart="event.dataTransfer.setData('text/plain', 'x')">Thing</p>
<p ondragover="event.preventDefault()" ondrop="said.textContent='dropped'">Place</p>
<button onclick="given.click()">Choose</button><input id=given type=file style="display:none" onchange="said.textContent=this.files[0].name">"""
SITE = "http://127.0.0.1:8123/"


def text(result):
    """All texts of a tool's result that is no error."""
    check(isinstance(result, dict) and result.get("isError") is False, "not a tool's success", result)
    return "\n".join(part["text"] for part in result["content"] if part["type"] == "text")


class Tools:
    """The tools of a box, each answer as its text."""

    def __init__(self, box):
        self.box = box

    async def do(self, tool, *args, **kwargs):
        return text(await self.box.call(tool, *args, **kwargs))

    async def expect(self, part, tool, *args, **kwargs):
        answer = await self.do(tool, *args, **kwargs)
        check(part in answer, "%s without %r" % (tool, part), answer)
        return answer

    async def shell(self, command):
        return await self.do("run_shell_command", command=command)

    async def ref(self, line):
        """That of the element whose line in the page's snapshot begins so."""
        snapshot = await self.do("browser_snapshot")
        found = re.search(r"- %s.*?\[ref=(\w+)\]" % re.escape(line), snapshot)
        check(found is not None, "no %r in the snapshot" % line, snapshot)
        return line, found.group(1)


async def every_call_of_the_filesystem_class(box):
    tools, folder = Tools(box), "/workspace/typed"
    await tools.expect("/workspace", "list_allowed_directories")
    await tools.do("create_directory", folder)
    await tools.do("write_file", folder + "/a.txt", "one\ntwo\n")
    await tools.expect("two", "read_file", folder + "/a.txt")
    await tools.do("edit_file", folder + "/a.txt", [{"oldText": "two", "newText": "drei"}])
    await tools.do("write_file", folder + "/b.txt", "other")
    both = await tools.do("read_multiple_files", [folder + "/a.txt", folder + "/b.txt"])
    check("drei" in both and "other" in both, "read_multiple_files", both)
    await tools.expect("a.txt", "list_directory", folder)
    await tools.expect("b.txt", "directory_tree", folder)
    await tools.do("move_file", folder + "/b.txt", folder + "/c.txt")
    await tools.expect("c.txt", "search_files", folder, "c.txt")
    await tools.expect("size", "get_file_info", folder + "/c.txt")
    check("one\ndrei\n" in await tools.shell("cat %s/a.txt" % folder), "the shell sees the same files")


async def every_call_of_the_browser_class(box):
    tools = Tools(box)
    await box.form.call(box.client.fs, "write", "page/index.html", PAGE)
    await tools.shell("cd /workspace/page && (setsid python3 -m http.server 8123 --bind 127.0.0.1 >/dev/null 2>&1 &) ; "
                      "for i in $(seq 50); do curl -s -o /dev/null %s && break; sleep 0.1; done" % SITE)
    await tools.expect("Page Title: Form", "browser_navigate", SITE)
    await tools.do("browser_resize", 900, 700)
    await tools.do("browser_type", *await tools.ref('textbox "Name"'), "Ada")
    await tools.expect("Ada", "browser_snapshot")
    await tools.do("browser_press_key", "End")
    await tools.do("browser_type", *await tools.ref('textbox "Name"'), "Grace", slowly=True)
    await tools.expect("Grace", "browser_snapshot")
    await tools.expect("clicked", "browser_click", *await tools.ref('button "Send"'))
    await tools.expect("noted", "browser_console_messages")
    await tools.expect("127.0.0.1:8123", "browser_network_requests")
    await tools.do("browser_select_option", *await tools.ref('combobox "Fruit"'), ["Pear"])
    await tools.expect("Pear", "browser_snapshot")
    await tools.do("browser_hover", "over", await paragraph(tools, "Over"))
    await tools.expect("hovered", "browser_snapshot")
    await tools.do("browser_drag", "thing", await paragraph(tools, "Thing"), "place", await paragraph(tools, "Place"))
    await tools.expect("dropped", "browser_snapshot")
    await tools.expect("dialog", "browser_click", *await tools.ref('button "Ask"'))
    await tools.do("browser_handle_dialog", True, "Lin")
    await tools.expect("Lin", "browser_snapshot")
    await tools.do("browser_click", *await tools.ref('button "Choose"'))
    await tools.do("browser_file_upload", ["/workspace/page/index.html"])
    await tools.do("browser_wait_for", text="index.html")
    await tools.do("browser_wait_for", text_gone="nowhere to be seen")
    await tools.do("browser_wait_for", time=0.1)
    picture = await box.call("browser_take_screenshot")
    check(any(part["type"] == "image" for part in picture["content"]), "no picture", picture)
    await tools.do("browser_pdf_save", "page.pdf")
    await tools.expect("page=2", "browser_tab_new", SITE + "?page=2")
    await tools.expect("page=2", "browser_tab_list")
    await tools.do("browser_tab_select", 0)
    await tools.do("browser_tab_select", 1)
    await tools.do("browser_tab_close")
    await tools.do("browser_navigate", SITE + "?page=3")
    await tools.do("browser_navigate_back")
    await tools.expect("page=3", "browser_navigate_forward")
    await tools.do("browser_close")
    await the_desktop(box)


async def paragraph(tools, words):
    snapshot = await tools.do("browser_snapshot")
    found = re.search(r"\[ref=(\w+)\]: %s" % words, snapshot)
    check(found is not None, "no %r in the snapshot" % words, snapshot)
    return found.group(1)


async def every_action_of_the_gui_class(box):
    tools = Tools(box)
    await tools.do("computer_use", "mouse_move", (300, 200))
    await tools.expect('{"x": 300, "y": 200}', "computer_use", "get_cursor_position")
    for action in ("left_click", "right_click", "middle_click", "double_click"):
        await tools.do("computer_use", action, [310, 210])
    await tools.do("computer_use", "left_click_drag", [320, 220])
    await tools.do("computer_use", "key", text="Escape")
    await tools.do("computer_use", "type", text="hello")
    picture = await box.call("computer_use", "get_screenshot")
    check(any(part["type"] == "image" for part in picture["content"]), "no picture", picture)
    await the_desktop(box)


async def the_desktop(box):
    """The address that the client makes by itself shows the viewer. Its asynchronous form asks no server for what it needs."""
    if box.form.suffix:
        return
    address = box.client.desktop_url
    with urllib.request.urlopen(address, timeout=30) as answer:
        page = answer.read().decode()
    check("viewer.js" in page, "not the viewer's page", page)


TYPES = {
    "filesystem": ((FilesystemSandbox, FilesystemSandboxAsync), every_call_of_the_filesystem_class),
    "browser": ((BrowserSandbox, BrowserSandboxAsync), every_call_of_the_browser_class),
    "gui": ((GuiSandbox, GuiSandboxAsync), every_action_of_the_gui_class),
}
