"""The versions of a dataset, and what changed from one to another."""

from asyncio import to_thread
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from nicegui import ui

from clew.collect.dataset import Dataset
from clew.core.html import bars, element, table, tiles
from clew.core.readable import number
from clew.core.schema import Schema
from clew.explore.look import Look
from clew.project.browsing import MARKED_CELLS, Difference, as_seen_from, difference, possible_keys
from clew.project.config import Config
from clew.studio.studio import Studio
from clew.studio.widgets.buttons import primary
from clew.studio.widgets.grid import Options, grid
from clew.studio.widgets.html import html_of
from clew.studio.widgets.messages import show_error
from clew.studio.widgets.moments import ago

#: Characters of a fingerprint that are shown.
_FINGERPRINT = 10
#: A grid of more rows is so tall, and scrolls.
_MANY_ROWS, _HEIGHT = 12, "24rem"


def version_table(config: Config, versions: Sequence[Mapping[str, Any]]) -> None:
    """Show the versions of a dataset, the latest first."""
    rows = [
        [
            str(item["version"]),
            ago(item["created"]),
            item["rows"],
            len(item["columns"]) if item["columns"] is not None else None,
            element("code", item["fingerprint"][:_FINGERPRINT], title=item["fingerprint"]),
            as_seen_from(config, item["source"]),
        ]
        for item in reversed(versions)
    ]
    html_of(table(("Version", "Made", "Rows", "Columns", "Fingerprint", "Source"), rows))


class Comparison:
    """Two versions beside each other.

    Parameters
    ----------
    studio : Studio
        That serves the rows.
    project, dataset : str
        Their names.
    versions : sequence of int
        All versions, ascending; two or more.
    """

    def __init__(self, studio: Studio, project: str, dataset: str, versions: Sequence[int]) -> None:
        self.studio = studio
        self.project = project
        self.dataset = dataset
        self.versions = list(versions)
        self.before, self.after = self.versions[-2:]
        self.keys: list[str] = []

    async def build(self) -> None:
        """Build the fields; nothing is compared before it is asked for."""
        names = {version: f"version {version}" for version in self.versions}
        with ui.element("div").classes("filters"):
            ui.select(names, value=self.before, label="From", on_change=self._set("before")).props("outlined dense")
            ui.select(names, value=self.after, label="To", on_change=self._set("after")).props("outlined dense")
            self.key_field = ui.select([], multiple=True, label="Rows are known by", on_change=self._set("keys"))
            self.key_field.props("outlined dense use-chips options-dense").classes("filter-keys")
            self.button = primary("Compare", self._compare)
        ui.label(
            "With a key, a row that changed is found again and its cells are marked. Without one, whole rows are "
            "compared: a row that changed is one removed and one added."
        ).classes("lead")
        self.place = ui.element("div").classes("difference")
        await self._offer_keys()

    def _set(self, name: str) -> Any:
        async def changed(event: Any) -> None:
            setattr(self, name, event.value)
            if name != "keys":
                self.place.clear()
                await self._offer_keys()

        return changed

    def _pair(self) -> tuple[Dataset, Dataset]:
        get = self.studio.workspace.dataset
        return get(self.project, self.dataset, self.before), get(self.project, self.dataset, self.after)

    async def _offer_keys(self) -> None:
        before, after = await to_thread(self._pair)
        likely = await to_thread(possible_keys, before, after)
        both = [name for name in after.schema.names if name in before.schema]
        ordered = [*likely, *(name for name in both if name not in likely)]
        self.keys = list(likely[:1])
        self.key_field.set_options(ordered, value=self.keys)

    async def _compare(self) -> None:
        self.place.clear()
        self.button.disable()
        try:
            before, after = await to_thread(self._pair)
            found = await to_thread(difference, before, after, self.keys)
            notes = await to_thread(found.notes)
            with self.place:
                self._show(found, before, after, notes)
        except Exception as error:  # noqa: BLE001 - said in the page, and in the log where it is our fault
            with self.place:
                show_error(error)
        finally:
            self.button.enable()

    def _show(self, found: Difference, before: Dataset, after: Dataset, notes: dict[tuple[int, str], str]) -> None:
        diff = found.diff
        known = f"known by {', '.join(found.keys)}" if found.keys else "whole rows"
        html_of(
            tiles(
                (
                    ("Added", number(diff.added), f"of {len(after):,} rows"),
                    ("Removed", number(diff.removed), f"of {len(before):,} rows"),
                    ("Changed", number(diff.changed) if found.keys else "\N{EN DASH}", known),
                )
            )
        )
        for word, names in (("new", diff.columns_added), ("gone", diff.columns_removed)):
            if names:
                shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
                ui.label(f"Columns that are {word}: {shown}.")
        if not (diff.added or diff.removed or diff.changed):
            ui.label("The rows are the same in the columns that both have.").classes("lead")
        if diff.changed_columns:
            ui.html("<h3>Columns that changed</h3>", sanitize=False)
            shares = [
                (name, count / diff.changed, f"{count:,}")
                for name, count in sorted(diff.changed_columns.items(), key=lambda item: -item[1])
            ]
            html_of(bars(shares[:30], label="Changed rows by column"))
        marks = dict.fromkeys(diff.columns_added, "new")
        # What identifies a row first, then what changed in it.
        first = [*found.keys, *diff.changed_columns]
        order = [*first, *(name for name in diff.changed_after.columns if name not in first)]
        self._rows("Changed rows", diff.changed_after[order], after.schema, notes, marks)
        if len(notes) == MARKED_CELLS:
            ui.label(f"The first {MARKED_CELLS:,} changed cells are marked.").classes("lead")
        self._rows("Added rows", diff.added_rows, after.schema, {}, marks)
        self._rows("Removed rows", diff.removed_rows, before.schema, {}, dict.fromkeys(diff.columns_removed, "gone"))

    def _rows(
        self,
        title: str,
        rows: pl.DataFrame,
        schema: Schema,
        notes: dict[tuple[int, str], str],
        marks: Mapping[str, str],
    ) -> None:
        if rows.is_empty():
            return
        with ui.element("h3"):
            ui.label(title)
        options = Options(
            label=title,
            changed=notes,
            marks=marks,
            height=_HEIGHT if rows.height > _MANY_ROWS else None,
            save_as=f"{title.lower().replace(' ', '-')}.csv",
            headers=False,
            search=False,
            numbered=False,
        )
        grid(self.studio, Look(rows, schema.select(rows.columns)), options)
