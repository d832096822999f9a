"""Figures of cells: how they get into the cell's result without the user having to say so."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BACKEND = "module://sandbox_agent.figures_backend"


class Chooser(importlib.abc.MetaPathFinder):
    """Makes ours the backend when pyplot is imported, unless the user chose one.

    The environment cannot say so: processes that a cell starts inherit it, and have no such module.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname == "matplotlib.pyplot":
            sys.meta_path.remove(self)
            matplotlib = sys.modules["matplotlib"]
            chosen = dict.__getitem__(matplotlib.rcParams, "backend")  # asking rcParams itself would choose one
            if not isinstance(chosen, str) and not os.environ.get("MPLBACKEND"):
                matplotlib.rcParams["backend"] = BACKEND
        return None


def install(show_figures: Callable[[], None]) -> None:
    global _show_figures
    _show_figures = show_figures
    sys.meta_path.insert(0, Chooser())


def show() -> None:
    _show_figures()


def _nothing() -> None:
    return None


_show_figures: Callable[[], None] = _nothing
