"""The browser's tools as a server of the agent itself."""

from __future__ import annotations

from sandbox_agent.browser_tool_list import TOOLS
from sandbox_agent.browser_tools import Tools
from sandbox_agent.browser_values import Values
from sandbox_agent.cdp import Patience
from sandbox_agent.cdp_errors import CdpFailed
from sandbox_agent.own_transport import OwnTransport, ToolRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sandbox_agent.arguments import Json
    from sandbox_agent.browser import Browser
    from sandbox_agent.browser_files import BrowserFiles


def browser_transport(browser: Browser, files: BrowserFiles) -> OwnTransport[Patience]:
    tools = Tools(browser, files)

    def call(name: str, values: Json, patience: Patience) -> Json:
        try:
            with browser.using(patience):
                return tools.call(name, Values(values))
        except CdpFailed as error:
            raise ToolRefused(str(error)) from error

    return OwnTransport(TOOLS, call, Patience, heading="### Error\n")
