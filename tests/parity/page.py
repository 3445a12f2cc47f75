"""The table behind docs/reference/sagemaker-parity.md: each capability stands beside the test that runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

SECTIONS = {
    "1a": "Data Wrangler: analyses",
    "1b": "Data Quality and Insights report",
    "1c": "Data preparation widget in notebooks",
    "1d": "Autopilot: data exploration report",
    "1e": "Canvas: analyses, checks and formulas",
    "2a": "Data Wrangler: sources, sampling and flows",
    "2b": "Data Wrangler: combining, balancing and code of one's own",
    "2c": "Data Wrangler: transforms",
    "2d": "Data Wrangler: exports and jobs",
}
Verdict = Literal["yes", "better", "not yet"]
Test = TypeVar("Test", bound=Callable[..., None])


@dataclass(frozen=True)
class Capability:
    """A feature of SageMaker, and what Clew has for it.

    Parameters
    ----------
    section : str
        Key of `SECTIONS`.
    name : str
        AWS's name.
    verdict : {"yes", "better", "not yet"}
        What Clew has.
    where : str
        Command, call or step.
    remark : str
        What is better or differs, or why it is not there yet.
    """

    section: str
    name: str
    verdict: Verdict
    where: str
    remark: str


CAPABILITIES: list[Capability] = []


def capability(
    section: str, name: str, where: str, remark: str = "", *, better: bool = False
) -> Callable[[Test], Test]:
    """Enter a capability that the decorated test runs."""

    def enter(test: Test) -> Test:
        CAPABILITIES.append(Capability(section, name, "better" if better else "yes", where, remark))
        return test

    return enter


def not_yet(section: str, name: str, reason: str) -> None:
    """Enter a capability that is missing."""
    CAPABILITIES.append(Capability(section, name, "not yet", "", reason))


def page() -> str:
    """Return the sections of the page."""
    lines = []
    for section, title in SECTIONS.items():
        found = [c for c in CAPABILITIES if c.section == section]
        lines += [f"## {title}", "", "| SageMaker | Clew | with | remarks |", "|---|---|---|---|"]
        lines += [f"| {c.name} | {c.verdict} | {c.where} | {c.remark} |" for c in found]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
