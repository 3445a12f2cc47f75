"""What is usually done with categories, ordinals and truth values."""

from collections import Counter
from collections.abc import Iterator

from clew.core.readable import number
from clew.core.schema import Kind
from clew.explore.families import Family
from clew.prepare.advice.words import figure, many
from clew.prepare.steps import Cast, CountEncode, FormatString, GroupRare, MergeSpellings, OneHot, Ordinal, TargetMean
from clew.prepare.usual.way import Fit, Look, Usual

#: Up to this many categories get a column each.
FEW_CATEGORIES = 20
#: A category in fewer rows teaches little.
RARE_ROWS = 10
#: With fewer values a category in nearly every row would be called a name of rows.
NAMES_OF_ROWS, NAME_SHARE = 20, 0.95
#: Labels of an order that a reason shows.
_SHOWN = 4
#: Texts that a cast reads as truth values.
_TRUTH = ({"true", "false"}, {"yes", "no"}, {"y", "n"}, {"t", "f"})


def categories(look: Look) -> Iterator[Usual]:
    """Look at a column of labels from each side."""
    column, known = look.column, look.known
    if column.kind not in {Kind.CATEGORICAL, Kind.ORDINAL} or known.family is not Family.TEXT or look.distinct < 2:
        return
    yield from spellings(look)
    if column.kind is Kind.ORDINAL:
        yield from _ranks(look)
    if {label.lower() for label in look.labels} in _TRUTH and known.values.exact:
        text = f"`{look.labels[0]}` and `{look.labels[1]}` are yes and no."
        yield look.way("Read as true and false", Cast, text, Fit.FITTING, to="boolean")
    yield from _columns(look)
    yield from _many(look)


def spellings(look: Look) -> Iterator[Usual]:
    """Texts that differ in what is not meant: white space, case."""
    known = look.known
    if known.lengths is not None and known.lengths.padded:
        text = f"{look.of_rows(known.lengths.padded)} begin or end with white space."
        yield look.way("Trim white space", FormatString, text, Fit.NEEDED, operation="strip")
    groups = Counter(" ".join(label.lower().split()) for label in look.labels)
    again = [spelling for spelling, count in groups.items() if count > 1]
    if again and look.column.kind is not Kind.TEXT and not look.column.order:
        twice = sum(groups[spelling] for spelling in again)
        shown = next(label for label in look.labels if " ".join(label.lower().split()) == again[0])
        text = (
            f"{number(twice)} of {many(look.distinct, 'label')} differ only in case or white space, such as `{shown}`."
        )
        yield look.way("Merge spellings", MergeSpellings, text, Fit.NEEDED, threshold=1.0)


def _ranks(look: Look) -> Iterator[Usual]:
    order = look.column.order
    if order:
        shown = " < ".join(f"`{label}`" for label in order[:_SHOWN])
        text = f"The domain states the order: {shown}{' …' if len(order) > _SHOWN else ''}."
        yield look.way("Turn into ranks", Ordinal, text, Fit.FITTING)
    else:
        text = f"No order is stated for {many(look.distinct, 'label')}; ranks follow the alphabet until one is."
        yield look.way("Turn into ranks", Ordinal, text, Fit.POSSIBLE)


def _columns(look: Look) -> Iterator[Usual]:
    if look.column.monotonic or _names_rows(look):
        return
    values = look.known.values.items
    most = f"; `{values[0][0]}` has {look.share(values[0][1])}" if values else ""
    if look.distinct <= FEW_CATEGORIES:
        text = f"{number(look.distinct)} categories{most}. For linear models and networks."
        fit = Fit.COMMON if look.column.kind is Kind.ORDINAL else Fit.FITTING
        yield look.way("One column per category", OneHot, text, fit)
    else:
        text = f"{number(look.distinct)} categories{most}; the {FEW_CATEGORIES} most frequent get a column."
        yield look.way(
            f"One column for each of the {FEW_CATEGORIES} most frequent", OneHot, text, Fit.COMMON,
            max_categories=FEW_CATEGORIES,
        )  # fmt: skip


def _many(look: Look) -> Iterator[Usual]:
    """So many categories that most are rare."""
    if look.distinct <= FEW_CATEGORIES or look.column.monotonic:
        return
    frequent = sum(1 for _, count in look.known.values.items if count >= RARE_ROWS)
    if 2 <= frequent < look.distinct:
        rare = look.distinct - frequent
        text = f"{number(rare)} of {number(look.distinct)} categories occur in fewer than {RARE_ROWS} rows."
        yield look.way("Group rare categories", GroupRare, text, Fit.FITTING, min_count=RARE_ROWS)
    if _names_rows(look):
        return
    if look.task is not None:
        text = (
            f"{number(look.distinct)} categories, too many for a column each; the smoothed mean of the target says "
            "what they have in common. Training rows get it from other rows."
        )
        yield look.way("Replace by the mean of the target", TargetMean, text, Fit.FITTING)
    rows = look.known.present / look.distinct
    text = f"{number(look.distinct)} categories with {figure(rows)} rows on average; that one is frequent may say much."
    yield look.way("Replace by how frequent it is", CountEncode, text, Fit.COMMON)


def _names_rows(look: Look) -> bool:
    present = look.known.present
    return present >= NAMES_OF_ROWS and look.distinct >= NAME_SHARE * present


def truths(look: Look) -> Iterator[Usual]:
    """Truth values as numbers."""
    known = look.known
    if look.column.kind is Kind.BOOLEAN and known.family is Family.BOOLEAN and look.distinct == 2:
        true = next((count for value, count in known.values.items if value is True), 0)
        text = f"True in {look.share(true)} of the values. The matrix does so anyway; for arithmetic in later steps."
        yield look.way("Turn into 1 and 0", Cast, text, Fit.POSSIBLE, to="number")
