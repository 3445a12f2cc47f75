"""The columns of a line as far as they are known, and how a column of the flow is called in the recipe."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from clew.prepare.flow.outcome import Family, MissingName, Outcome, StepDict, Unmappable
from clew.prepare.selectors import literal

#: What a step cast gives, in Data Wrangler's words.
_CAST = {"integer": "long", "number": "float", "boolean": "bool", "text": "string", "category": "category"}
#: Steps that take their columns away unless they are told to keep them.
_CONSUMING = {"one_hot", "similarity_encode", "vectorize_text", "text_statistics", "date_parts", "pca", "assemble"}
_CONSUMING |= {"flatten", "flatten_structured", "extract_features"}
_NUMBERS = {"long", "float"}


@dataclass(frozen=True)
class Names:
    """What is known of the columns that reach a node.

    Parameters
    ----------
    types : mapping of str to str, optional
        Columns by their name here, with their type in Data Wrangler's words, ``""`` where it is unknown; None if nobody
        knows the columns.
    same : mapping of str to str, default {}
        Names there of columns that have another name here.
    families : tuple of Family, default ()
        Columns that are made one per value.
    vectors : mapping of str to str, default {}
        Columns that hold a vector there and are several columns here.
    gap : int, default 0
        Number of the latest node before that has no steps and may have made columns; 0 if there is none.
    """

    types: Mapping[str, str] | None = None
    same: Mapping[str, str] = field(default_factory=dict)
    families: tuple[Family, ...] = ()
    vectors: Mapping[str, str] = field(default_factory=dict)
    gap: int = 0

    def here(self, name: str) -> str:
        """Return the name in the recipe of a column of the flow.

        Raises
        ------
        Unmappable
            If it is several columns here, or if a node without steps makes it.
        """
        if name in self.same:
            return self.same[name]
        if name in self.vectors:
            raise Unmappable(
                f"It works on the vector {name!r}, which is several columns here: {self.vectors[name]}.",
                "Name these columns in a step of your own, or leave it out: models take them as they are.",
            )
        if self.types is not None and name in self.types:
            return name
        for family in self.families:
            translated = family.translate(name)
            if translated is not None:
                return translated
        if self.types is not None and self.gap:
            raise MissingName(name, self.gap)
        return name

    def all_here(self, names: Iterable[str]) -> list[str]:
        """Return the names in the recipe of several columns."""
        return list(dict.fromkeys(self.here(name) for name in names))

    def type_of(self, name: str) -> str:
        """Return the type of a column, by its name here; ``""`` where it is unknown."""
        return (self.types or {}).get(name, "")

    def is_number(self, name: str) -> bool:
        """Whether a column is known to hold numbers."""
        return self.type_of(name) in _NUMBERS

    def after(self, outcome: Outcome) -> "Names":
        """Return what is known after a node."""
        types = self._types_after(outcome.steps) if isinstance(outcome.columns, str) else outcome.columns
        gone = _dropped(outcome.steps)
        same = {**self.same, **outcome.same}
        same = {there: here for there, here in same.items() if here not in gone and there not in outcome.forget}
        return replace(
            self,
            types=types,
            same=same,
            families=(*outcome.families, *self.families),
            vectors={**{k: v for k, v in self.vectors.items() if k not in (types or {})}, **outcome.vectors},
        )

    def after_gap(self, number: int) -> "Names":
        """Return what is known after a node without steps."""
        return replace(self, gap=number)

    def _types_after(self, made: Iterable[StepDict]) -> Mapping[str, str] | None:
        if self.types is None:
            return None
        types: dict[str, str] = dict(self.types)
        for step in made:
            types = _after_step(types, step)
        return types


def columns_of(step: StepDict) -> list[str]:
    """Return the columns that a step names, without selectors."""
    listed = step.get("columns", [])
    return [name.removeprefix("name:") for name in ([listed] if isinstance(listed, str) else listed)]


def chosen(names: Iterable[str]) -> str | list[str]:
    """Return names as the option `columns` takes them."""
    terms = [literal(name) for name in names]
    return terms[0] if len(terms) == 1 else terms


def _after_step(types: dict[str, str], step: StepDict) -> dict[str, str]:
    """Return the columns after one step that makes no other rows."""
    op, columns = step["op"], columns_of(step)
    if op == "drop" or (op in _CONSUMING and not step.get("keep")):
        types = {name: kind for name, kind in types.items() if name not in columns}
    if op == "rename":
        return {step["names"].get(name, name): kind for name, kind in types.items()}
    if op == "duplicate":
        types |= {f"{name}{step.get('suffix', '_copy')}": types.get(name, "") for name in columns}
    elif op == "cast":
        types |= {name: _CAST.get(str(step["to"]), str(step["to"])) for name in columns if name in types}
    elif op == "ordinal":
        types |= dict.fromkeys((name for name in columns if name in types), "float")
    elif op == "missing_indicator":
        types |= {f"{name}_missing": "bool" for name in columns}
    elif op in {"derive", "assemble"}:
        types[step["name"]] = ""
    elif op in {"format_string", "search_and_edit", "validate_string"} and step.get("output"):
        types |= {step["output"].replace("{column}", name): "" for name in columns}
    elif op == "lag":
        lags = range(1, step["lags"] + 1) if step.get("entire_window") else [step["lags"]]
        types |= {f"{name}_lag_{lag}": types.get(name, "") for name in columns for lag in lags}
    elif op == "text_statistics":
        types |= {f"{name}_{figure}": "float" for name in columns for figure in step["figures"]}
    elif op == "date_parts" and not step.get("cyclic"):
        types |= {f"{name}_{part}": "long" for name in columns for part in step["parts"]}
    return types


def _dropped(made: Iterable[StepDict]) -> set[str]:
    return {name for step in made if step["op"] == "drop" for name in columns_of(step)}
