"""How quick the studio is with a million rows of 50 columns: start, pages, grid, preview, twenty people, memory.

The server runs in a process of its own and shares the machine's two cores with whoever asks. Every part but `start`
asks one server that is started once. A person's wait is measured in a headless Chromium; twenty people are visitors
that speak NiceGUI's protocol over HTTP and a websocket each, and think for half a second to a second and a half
between two steps.

`python benchmarks/studio.py` measures everything and keeps it; `python benchmarks/studio.py grid people --rows 100000`
only prints some parts on fewer rows.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import studio_browser
import studio_peers
import studio_place
from environments import versions
from machine import describe, keep
from studio_visitor import Visitor

ROWS, STARTS, PEOPLE, STEPS, VISITS = 1_000_000, 7, 20, 15, 1000
SAMPLE = 100_000
_DATA = f"/project/{studio_place.NAME}/data"
_ROWS = f"/api/data/{studio_place.NAME}/{studio_place.NAME}/0/rows"
_OVERVIEW = f"/project/{studio_place.NAME}"
#: Steps whose preview is measured, each after two others.
_STEPS = {
    "fill_missing": {"op": "fill_missing", "columns": ["normal_3"], "strategy": "median"},
    "clip_outliers": {"op": "clip_outliers", "columns": ["lognormal"], "method": "iqr"},
    "scale": {"op": "scale", "columns": ["normal_0", "normal_1", "normal_2"]},
    "one_hot": {"op": "one_hot", "columns": ["label_1"]},
    "date_parts": {"op": "date_parts", "columns": ["when"], "parts": ["month", "weekday", "hour"]},
}


def free_port() -> int:
    """Return a port that nobody listens on."""
    import socket

    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes], float]]:
    """Run `clew studio` over a folder; give its address, its process and when it was started."""
    port = free_port()
    command = [sys.executable, "-m", "clew", "studio", folder, "--port", str(port), "--no-browser"]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}", process, started
    finally:
        process.terminate()
        process.wait()


def resident_mb(process: subprocess.Popen[bytes]) -> float:
    """Return the memory of a process that is not swapped out, in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return round(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024, 1)


def processor_s(process: subprocess.Popen[bytes]) -> float:
    """Return the seconds that the processors have spent on a process."""
    user, system = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def spread(seconds: list[float]) -> dict[str, float]:
    """Return count, median and 95th percentile."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {"count": len(ordered), "median": round(statistics.median(ordered), 4), "p95": round(p95, 4)}


def start(folder: Path) -> dict[str, Any]:
    """Measure how long it takes from the command to HTTP 200, the first time apart."""
    seconds, processor = [], []
    for _ in range(STARTS + 1):
        with serving(folder) as (url, process, started):
            studio_browser.answered(url, process)
            seconds.append(time.perf_counter() - started)
            processor.append(processor_s(process))
    clock = {"first": round(seconds[0], 3), **studio_browser.summary(seconds[1:])}
    # What the work costs, however busy the machine is with something else.
    return {"goal": "< 2.5", "seconds": clock, "processor_seconds": studio_browser.summary(processor[1:])}


def grid(url: str, rows: int) -> dict[str, Any]:
    """Measure the answers to a grid: windows anywhere, and the first window of a new order, filter and search."""

    def seconds(asked: dict[str, Any]) -> float:
        began = time.perf_counter()
        client.post(_ROWS, json=asked).raise_for_status()
        return time.perf_counter() - began

    rng = random.Random(0)  # noqa: S311 - which rows are asked for is no secret
    with httpx.Client(base_url=url, trust_env=False, timeout=120) as client:
        first = seconds({"start": 0, "stop": 100})
        windows = [{"start": at, "stop": at + 100} for at in (rng.randrange(rows - 100) for _ in range(100))]
        filtered = {"normal_0": {"filterType": "number", "type": "greaterThan", "filter": 1}}
        changes = {
            "sorted by a number": {"orders": [{"column": "normal_1"}]},
            "sorted by a text": {"orders": [{"column": "city"}]},
            "filtered": {"filters": filtered},
            "filtered and sorted": {"filters": filtered, "orders": [{"column": "cauchy", "descending": True}]},
            "searched": {"search": "note 12345"},
        }
        return {
            "goal": "window < 0.1 of server time",
            "first window of all": round(first, 3),
            "window, 100 rows x 50 columns": spread([seconds(asked) for asked in windows]),
            "first window when": {
                name: round(seconds({"start": 0, "stop": 100, **asked}), 3) for name, asked in changes.items()
            },
        }


def preview(folder: Path) -> dict[str, Any]:
    """Measure the preview of one more step, after two, on the labelled sample."""
    from clew.prepare.bench import Bench
    from clew.prepare.recipe import Recipe
    from clew.project.workspace import Workspace

    with Workspace(folder) as workspace:
        dataset = workspace.dataset(studio_place.NAME)
        began = time.perf_counter()
        bench = Bench(dataset, rows=SAMPLE)
        made = time.perf_counter() - began
        steps = [{**_STEPS["fill_missing"], "columns": ["label_1"], "strategy": "most_frequent"}]
        steps += [{**_STEPS["clip_outliers"], "columns": ["cauchy"]}]
        bench.preview(Recipe.from_dict(steps), len(steps))
        found = {}
        for name, step in _STEPS.items():
            before = [*steps, step]
            began = time.perf_counter()
            bench.preview(Recipe.from_dict(before), len(before))
            found[name] = round(time.perf_counter() - began, 3)
    return {"goal": "< 0.5 s", "rows": SAMPLE, "columns": 50, "sample_s": round(made, 3), "seconds": found}


async def _person(url: str, number: int, rows: int, took: dict[str, list[float]]) -> None:
    rng = random.Random(number)  # noqa: S311 - as above

    async def timed(kind: str, work: Any) -> None:
        await asyncio.sleep(rng.uniform(0.5, 1.5))
        began = time.perf_counter()
        await work
        took[kind].append(time.perf_counter() - began)

    async def load() -> None:
        await visitor.open(_OVERVIEW)

    async def window() -> None:
        at = rng.randrange(rows - 100)
        (await visitor.http.post(_ROWS, json={"start": at, "stop": at + 100})).raise_for_status()

    async with Visitor(url) as visitor:
        await timed("load", load())
        for _ in range(STEPS):
            await timed("page", visitor.go(_DATA, shows=f'"address": "{_ROWS.removesuffix("/rows")}"'))
            await timed("window", window())
            await timed("window", window())
            await timed("page", visitor.go(_OVERVIEW, shows="Needs attention"))


async def people(url: str, rows: int) -> dict[str, Any]:
    """Measure how long twenty people wait who use the studio at the same time."""
    took: dict[str, list[float]] = {"load": [], "page": [], "window": []}
    await asyncio.gather(*(_person(url, number, rows, took) for number in range(PEOPLE)))
    every = [second for seconds in took.values() for second in seconds]
    kinds = {kind: spread(seconds) for kind, seconds in took.items()}
    return {"goal": "p95 < 1", "people": PEOPLE, "seconds": {"all": spread(every), **kinds}}


async def memory(url: str, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Measure the server's memory over a thousand visits, each of which loads a page, goes to another, and leaves."""
    seen = {}
    for number in range(VISITS + 1):
        async with Visitor(url) as visitor:
            await visitor.open(_OVERVIEW)
            await visitor.go(_DATA, shows=_ROWS.removesuffix("/rows"))
        if number in {10, *range(100, VISITS + 1, 100)}:
            seen[number] = resident_mb(process)
    await asyncio.sleep(15)  # the server keeps what a lost connection may come back for
    left = resident_mb(process)
    grown = round(left - seen[200], 1) if 200 in seen else None
    return {"goal": "flat", "resident_mb_after_visits": seen, "at_rest_mb": left, "grown_since_visit_200_mb": grown}


def first_rows(folder: Path) -> dict[str, Any]:
    """Measure from a command until rows are on the screen, beside D-Tale, and skrub's report; alternating."""
    table = folder / f"{studio_place.NAME}.parquet"
    ours, theirs, report = [], [], []
    with studio_browser.browser_page() as page:
        for _ in range(3):
            with serving(folder / "workspace") as (url, process, started):
                cell = studio_browser.PAGES["Data"]
                ours.append(studio_browser.first_rows(page, f"{url}{_DATA}", process, cell, started))
            port = free_port()
            began = time.perf_counter()
            process = studio_peers.dtale(table, port)
            try:
                address = f"http://127.0.0.1:{port}/dtale/main/1"
                theirs.append(studio_browser.first_rows(page, address, process, ".cell >> text=/.+/", began))
            finally:
                process.kill()
                process.wait()
            report.append(studio_peers.skrub_seconds(table, folder / "report.html"))
    ratios = [their / our for our, their in zip(ours, theirs, strict=True)]
    return {
        "what": "from the command to the first cells on the screen; ours from the project's rows, theirs from Parquet",
        "pairs": len(ours),
        "seconds": {"clew studio": studio_browser.summary(ours), "D-Tale": studio_browser.summary(theirs)},
        "median_ratio": round(statistics.median(ratios), 2),
        "skrub TableReport to a file, s": studio_browser.summary(report),
        "peer_versions": {name: versions(name, name, "pandas", "numpy") for name in ("dtale", "skrub")},
    }


def measure(folder: Path, rows: int, wanted: set[str]) -> dict[str, Any]:
    """Measure the parts that are wanted, in their order."""
    found: dict[str, Any] = {}

    def part(name: str, work: Callable[[], Any]) -> None:
        if not wanted or name in wanted:
            found[name] = work()
            print(name, json.dumps(found[name]), file=sys.stderr, flush=True)

    workspace = folder / "workspace"
    part("start", lambda: start(workspace))
    with serving(workspace) as (url, process, _):
        studio_browser.answered(url, process)
        with studio_browser.browser_page() as page:
            part("navigation", lambda: studio_browser.navigation(page, url, studio_place.NAME))
            part("painted", lambda: studio_browser.painted(page, url, studio_place.NAME, rows))
        part("grid", lambda: grid(url, rows))
        part("people", lambda: asyncio.run(people(url, rows)))
        part("memory", lambda: asyncio.run(memory(url, process)))
    part("preview", lambda: preview(workspace))
    part("first_rows", lambda: first_rows(folder))
    return found


def main(*arguments: str) -> None:
    """Measure, and keep the result where everything was measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--rows", type=int, default=ROWS)
    asked = parser.parse_args(arguments)
    before = [round(load, 1) for load in os.getloadavg()]
    with tempfile.TemporaryDirectory() as name:
        made = studio_place.make(Path(name), asked.rows)
        found = measure(Path(name), asked.rows, set(asked.parts))
    result = {"rows": asked.rows, "columns": 50, "project_s": made, "load_average_before": before, **found}
    if asked.parts or asked.rows != ROWS:
        print(json.dumps(result, indent=1))
    else:
        keep("studio", {**describe("clew", "nicegui", "polars", "uvicorn"), **result})


if __name__ == "__main__":
    main(*sys.argv[1:])
