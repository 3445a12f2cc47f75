"""What axe-core, the accessibility rules of Deque (MPL-2.0), says about a page."""

from importlib.util import find_spec

from tests.conftest import need

#: What keeps people out. `moderate` and `minor` are matters of style.
GRAVE = {"serious", "critical"}


def grave_violations(page) -> list[str]:
    """Return a line for each element that breaks a serious or critical rule of axe."""
    need(find_spec("axe_playwright_python") is not None, "axe-playwright-python")
    from axe_playwright_python.sync_playwright import Axe

    # What the bar at the top covers would be judged by the bar's colour.
    page.evaluate("scrollTo(0, 0)")
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {' '.join(map(str, node['target']))} {node['html'][:160]}: {_why(node)}"
        for violation in found
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


def _why(node: dict) -> str:
    checks = [*node["any"], *node["all"], *node["none"]]
    return "; ".join(check["message"] for check in checks)
