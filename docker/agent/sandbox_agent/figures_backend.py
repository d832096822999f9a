"""A matplotlib backend: draws in memory as its own one does, and `show` sends the figures along with the result."""

from __future__ import annotations

import importlib

from sandbox_agent import figures

# What matplotlib looks for in a backend's module. (Imported by name, it would have to be there for the type checks.)
_AGG = importlib.import_module("matplotlib.backends.backend_agg")
for _name in ("FigureCanvas", "FigureManager", "new_figure_manager", "new_figure_manager_given_figure"):
    globals()[_name] = getattr(_AGG, _name)


def show(*_arguments: object, **_options: object) -> None:
    figures.show()
