"""A timer of a page that ends quietly when its place on the page is gone.

NiceGUI's own asks for the slot that it stands in when it begins and when it ends, and fails where a page was left
between the two.
"""

from contextlib import AbstractContextManager, nullcontext

from nicegui.elements.timer import Timer
from nicegui.timer import Timer as Plain


class Every(Timer):
    """Calls a function again and again, or once; parameters as of `nicegui.ui.timer`."""

    def _is_gone(self) -> bool:
        return self._parent_slot is not None and self._parent_slot() is None

    def _get_context(self) -> AbstractContextManager[object]:
        return nullcontext() if self._is_gone() else super()._get_context()

    def _should_stop(self) -> bool:
        return self._is_gone() or super()._should_stop()

    def _cleanup(self) -> None:
        if self._is_gone():
            Plain._cleanup(self)  # noqa: SLF001 - all of it that is left to do
        else:
            super()._cleanup()
