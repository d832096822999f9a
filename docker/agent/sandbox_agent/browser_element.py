"""An element of a page: where it is, whether it can be reached, and what only a script in the page can do with it."""

from __future__ import annotations

from sandbox_agent.browser_page import value_of
from sandbox_agent.cdp_errors import CdpFailed, CdpLost, CdpTimeout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json
    from sandbox_agent.browser_page import Page
    from sandbox_agent.browser_refs import Node

REACH_SECONDS = 3.0  # for what moves or is covered for a moment
AGAIN_SECONDS = 0.1

# What is hit at the middle of the element's first box, if that is neither the element nor part of it nor its label.
COVERED_BY = """function() {
  const box = [...this.getClientRects()].find(r => r.width >= 1 && r.height >= 1);
  if (!box) return 'nothing';
  let hit = this.getRootNode().elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  if (!hit) return 'nothing';
  for (let at = hit; at; at = at.assignedSlot || at.parentElement || (at.getRootNode().host || null)) {
    if (at === this || (at.localName === 'label' && at.control === this)) return '';
  }
  if (hit.contains(this) && this.localName === 'option') return '';
  const html = hit.cloneNode(false).outerHTML;
  return html.length > 120 ? html.slice(0, 120) + '…' : html;
}"""

# Whether the mouse is over the document of the element: `:hover` alone matches links only where a page has no doctype.
# Nothing, while a dialog keeps scripts from running.
HOVERED = "function() { return this.ownerDocument.documentElement.matches(':root:hover'); }"

# Makes the element ready for what is typed in place of what it holds.
PREPARE = """function() {
  const type = this.localName === 'input' ? this.type : this.localName;
  const fixed = ['color', 'date', 'datetime-local', 'month', 'range', 'time', 'week'];
  const untyped = ['button', 'checkbox', 'file', 'hidden', 'image', 'radio', 'reset', 'submit'];
  if (this.disabled || this.readOnly) return 'closed';
  if (untyped.includes(type) || !(this.localName === 'input' || type === 'textarea' || this.isContentEditable)) return 'untyped';
  this.focus();
  if (fixed.includes(type)) return 'fixed';
  if (this.select) this.select();
  else getSelection().selectAllChildren(this);
  return 'ready';
}"""

SET_VALUE = """function(value) {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(this, value);
  if (value && !this.value) return false;
  this.dispatchEvent(new Event('input', {bubbles: true, composed: true}));
  this.dispatchEvent(new Event('change', {bubbles: true}));
  return true;
}"""

SELECT = """function(wanted) {
  const list = this.localName === 'label' ? this.control : this;
  if (!list || list.localName !== 'select') return 'It is no list of options: click it instead.';
  if (list.disabled) return 'The list is disabled.';
  const options = [...list.options], clean = text => text.replace(/\\s+/g, ' ').trim();
  const found = wanted.map(text => options.find(o => o.value === text) || options.find(o => clean(o.label) === clean(text)));
  const missing = wanted.filter((_, i) => !found[i] || found[i].disabled);
  if (missing.length) return 'There is no option ' + JSON.stringify(missing[0]) + ': there are ' + JSON.stringify(options.map(o => o.label));
  if (found.length > 1 && !list.multiple) return 'Only one option can be selected.';
  list.focus();
  if (list.multiple) options.forEach(o => { o.selected = found.includes(o); });
  else list.selectedIndex = found.length ? options.indexOf(found[0]) : -1;
  list.dispatchEvent(new Event('input', {bubbles: true, composed: true}));
  list.dispatchEvent(new Event('change', {bubbles: true}));
  return '';
}"""


class Stale(CdpFailed):
    def __init__(self, ref: str) -> None:
        super().__init__(f"Ref {ref} not found in the current page: take a new snapshot with browser_snapshot and use a ref from it.")


class Element:
    def __init__(self, page: Page, ref: str) -> None:
        node = page.refs.find(ref)
        if node is None:
            raise Stale(ref)
        self._page = page
        self._ref = ref
        self._node: Node = node

    def centre(self) -> tuple[float, float]:
        """Of the element, scrolled into view, on the page. Raises `CdpFailed` if a click there would not reach it."""
        covered = ""
        for _ in range(int(REACH_SECONDS / AGAIN_SECONDS)):
            self._ask("DOM.scrollIntoViewIfNeeded")
            covered = str(self.run(COVERED_BY))
            if not covered:
                box = self.box()
                return box[0] + box[2] / 2, box[1] + box[3] / 2
            self._page.patience.sleep(AGAIN_SECONDS)
        if covered == "nothing":
            raise CdpFailed(f"the element {self._ref} is not visible: scroll, or open what it is hidden in")
        raise CdpFailed(f"the element {self._ref} is covered by {covered}: close or handle that first")

    def scroll_into_view(self) -> None:
        self._ask("DOM.scrollIntoViewIfNeeded")

    def box(self) -> tuple[float, float, float, float]:
        """The first box of it that has an area: left, top, width and height on the page."""
        quads = self._ask("DOM.getContentQuads").get("quads")
        left, top = self._offset()
        for quad in quads if isinstance(quads, list) else []:
            across, down = quad[0::2], quad[1::2]
            width, height = max(across) - min(across), max(down) - min(down)
            if width >= 1 and height >= 1:
                return min(across) + left, min(down) + top, width, height
        raise CdpFailed(f"the element {self._ref} is not visible: scroll, or open what it is hidden in")

    def _offset(self) -> tuple[float, float]:
        left = top = 0.0
        for session, number in self._node.owners:
            model = self._page.call("DOM.getBoxModel", {"backendNodeId": number}, session).get("model")
            content = model.get("content") if isinstance(model, dict) else None
            if isinstance(content, list):
                left, top = left + content[0], top + content[1]
        return left, top

    def run(self, function: str, *values: object) -> object:
        """Calls a function of the page's script with the element as `this`."""
        target = self._ask("DOM.resolveNode").get("object")
        identity = target.get("objectId") if isinstance(target, dict) else None
        params: Json = {"functionDeclaration": function, "objectId": identity, "arguments": [{"value": v} for v in values]}
        params.update(returnByValue=True, awaitPromise=True, userGesture=True)
        answer = self._page.run("Runtime.callFunctionOn", params, self._node.session)
        self._page.cdp.post("Runtime.releaseObject", {"objectId": identity}, self._node.session)
        return None if answer is None else value_of(answer)

    def hears_of_mouse(self) -> bool:
        return self.run(HOVERED) is not False

    def set_files(self, paths: list[str]) -> None:
        self._ask("DOM.setFileInputFiles", files=paths)

    def _ask(self, method: str, **more: object) -> Json:
        try:
            return self._page.call(method, {"backendNodeId": self._node.number, **more}, self._node.session)
        except (CdpLost, CdpTimeout):
            raise
        except CdpFailed as error:
            text = str(error).lower()
            if "layout object" in text or "compute content quads" in text or "box model" in text:
                raise CdpFailed(f"the element {self._ref} is not visible: scroll, or open what it is hidden in") from error
            if "node" in text or "session" in text:
                raise Stale(self._ref) from error
            raise

    @property
    def session(self) -> str:
        return self._node.session

    @property
    def is_in_page(self) -> bool:
        """Or else in a frame that has a process of its own."""
        return self._node.session == self._page.session
