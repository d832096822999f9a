"""A model for agents of browser-use that does as it was told before: it goes to a page, and says what it was shown of it."""
from browser_use.llm.views import ChatInvokeCompletion

NOTHING = {"evaluation_previous_goal": "-", "memory": "-", "next_goal": "-"}


class Model:
    _verified_api_keys = True
    model = provider = name = model_name = "scripted"

    def __init__(self, address, looked_for):
        self.address, self.looked_for = address, looked_for
        self.asked = 0

    async def ainvoke(self, messages, output_format=None, **_):
        if output_format is None or output_format.__name__ != "AgentOutput":
            raise RuntimeError("this model judges nothing")
        self.asked += 1
        if self.asked == 1:
            action = {"navigate": {"url": self.address, "new_tab": False}}
        else:
            seen = self.looked_for in str(messages[-1])
            action = {"done": {"text": "seen" if seen else "not seen", "success": seen, "files_to_display": []}}
        return ChatInvokeCompletion(completion=output_format.model_validate({**NOTHING, "action": [action]}), usage=None)
