"""What an exporter needs of each fitted step: the columns that somebody needs, recorded, and the cells it refuses."""

from collections.abc import Iterator
from dataclasses import dataclass

from clew.core.errors import InputError, RecipeError
from clew.prepare.execute import Chain, FittedStep
from clew.prepare.export.recorded import Recorded, name
from clew.prepare.step import StepKind
from clew.prepare.table import Table


@dataclass(frozen=True, slots=True)
class Exported:
    """A fitted step, recorded.

    Parameters
    ----------
    number : int
        Position in the recipe, from 1.
    op : str
        Name of the step.
    made : dict of str to Recorded
        Column → how it is made, of those that somebody needs.
    dropped : tuple of str
        Columns that are gone after it.
    refused : tuple of (str, str, Recorded)
        Column, rule that a cell breaks, and what is true for such a cell.
    reshaped : Recorded, optional
        What becomes of the frame, for a step that makes other rows; nothing is made or dropped then.
    """

    number: int
    op: str
    made: dict[str, Recorded]
    dropped: tuple[str, ...] = ()
    refused: tuple[tuple[str, str, Recorded], ...] = ()
    reshaped: Recorded | None = None


def exported(chain: Chain, language: str, frame: str, target: str) -> Iterator[Exported]:
    """Record the steps of a recipe that do something when rows are prepared.

    Parameters
    ----------
    chain : Chain
        The fitted steps.
    language, frame : str
        Names of the language and of the frame.
    target : str
        What is exported to, for the message, e.g. ``"Python"``.

    Raises
    ------
    RecipeError
        If a step cannot be recorded; the message names it.
    """
    there = set(chain.taken.names)
    for position, fitted in enumerate(chain.steps):
        step = fitted.step
        if step.kind is StepKind.ROWS:
            continue
        wanted = chain.needed[position + 1]
        if any(column.name in wanted for block in fitted.blocks for column in block.columns):
            raise _refusal(fitted, target, "it computes several columns at one go, which is no expression")
        try:
            recorded = _recorded(fitted, wanted, name(language), name(frame))
        except (TypeError, AttributeError) as error:
            raise _refusal(fitted, target, f"it does more than state expressions ({error})") from error
        if recorded.reshaped is None:
            there |= recorded.made.keys()
            gone = tuple(item for item in fitted.dropped if item in there)
            there -= set(gone)
            recorded = Exported(recorded.number, recorded.op, recorded.made, gone, recorded.refused)
            if not recorded.made and not gone:
                continue
        else:
            there = set(fitted.after.names)
        yield recorded


def _recorded(fitted: FittedStep, wanted: frozenset[str], F: Recorded, frame: Recorded) -> Exported:
    step = fitted.step
    if step.kind is StepKind.RESHAPE:
        after = step.reshape(Table(frame, F), fitted.columns, fitted.state).frame
        return Exported(fitted.number, step.op, {}, reshaped=after)
    made = [item for item in fitted.made if item.column.name in wanted]
    used = {source for item in made for source in item.sources}
    refused = []
    for refusal in step.refusals(fitted.columns, fitted.state):
        if refusal.column in used:
            if refusal.expression is None:
                raise TypeError(f"it judges the cells of {refusal.column!r} one by one")
            refused.append((refusal.column, refusal.rule, refusal.expression(F)))
    columns = {m.column.name: _expression(m.expression(F)) for m in made}
    return Exported(fitted.number, step.op, columns, (), tuple(refused))


def _expression(made: object) -> Recorded:
    if not isinstance(made, Recorded):
        raise TypeError(f"its expression is a {type(made).__name__}")
    return made


def _refusal(fitted: FittedStep, target: str, reason: str) -> InputError:
    return RecipeError(
        f"Step {fitted.number} ({fitted.step.op}) cannot be written as {target}: {reason}.",
        hint="Export the steps before it, or use the fitted recipe itself.",
    )
