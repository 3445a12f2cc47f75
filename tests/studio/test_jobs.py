"""Long work in the studio: begun, watched, cancelled, and told of when it ends."""

import asyncio
import time

import pytest
from nicegui import ui
from nicegui.testing import User

from clew.project.job_outcome import outcome
from clew.project.jobs import Jobs
from clew.store.jobs import JobError
from clew.studio.studio import Studio
from clew.studio.widgets.job_progress import took

ENDLESS = "train:\n  trials: 5000\n  algorithms: [tree]\n"


@pytest.fixture
def jobs(studio: Studio):
    known = studio.workspace.project("penguins").jobs
    yield known
    for job in known.running():
        known.cancel(job.id)
        known.wait(job.id, 120)


def ended(jobs: Jobs, title: str, status: str, **how) -> int:
    """Leave a job that has ended."""
    records = jobs._database.jobs
    job = records.add("run", title, {"stage": "define"})
    records.begin(job.id, 1)
    records.end(job.id, status, **how)
    return job.id


async def seen(user: User, text: str, seconds: float = 120.0) -> None:
    """Wait for a text that a job brings about."""
    end = time.monotonic() + seconds
    while True:
        try:
            await user.should_see(text)
        except AssertionError:
            assert time.monotonic() < end, f"{text!r} did not come"
        else:
            return


async def test_without_jobs_it_says_what_they_are(user: User, jobs: Jobs) -> None:
    await user.open("/project/penguins/jobs")
    await user.should_see("No job yet")
    await user.should_see("so they run as jobs")
    await user.should_see("Run the project")


async def test_what_ended_is_listed_with_its_result_or_its_remedy(user: User, jobs: Jobs) -> None:
    stages = [{"name": "define", "cached": True}, {"name": "collect", "cached": False}]
    gates = [{"name": "success", "passed": False}]
    ended(jobs, "Read", "done", result={"stages": stages, "gates": gates, "violations": 0, "report": "index.html"})
    ended(jobs, "Train", "failed", error=JobError("There is no file 'a.csv'.", "Name another."))
    ended(jobs, "<b>Explore</b>", "cancelled")
    await user.open("/project/penguins/jobs")
    for text in ("Nothing is at work.", "Ran collect; 1 kept", "Not every gate is passed: success.", "Open the report"):
        await user.should_see(text)
    for text in ("There is no file 'a.csv'.", "Name another.", "<b>Explore</b>"):
        await user.should_see(text)
    badges = " ".join(element.content for element in user.find(ui.html).elements)
    assert "badge error" in badges
    assert "badge quiet" in badges
    assert "Explore" not in badges, "titles are no HTML"


async def test_a_job_is_watched_and_cancelled(user: User, jobs: Jobs, studio: Studio) -> None:
    config = studio.workspace.project("penguins").folder / "clew.yaml"
    lines = config.read_text().split("\n")
    at = next(place for place, line in enumerate(lines) if line.startswith("train:"))
    after = next((p for p in range(at + 1, len(lines)) if lines[p] and lines[p][0] not in " #"), len(lines))
    config.write_text("\n".join([*lines[:at], ENDLESS, *lines[after:]]))
    await user.open("/project/penguins/jobs")
    await seen(user, "Run the project")
    user.find("Run the project").click()
    await seen(user, "Train (5 of 7)")
    await seen(user, "job \N{MIDDLE DOT} ")
    user.find("Cancel").click()
    await seen(user, "cancelled")
    await user.should_see("Nothing is at work.")
    assert jobs.latest()[0].status == "cancelled"


async def test_what_ended_can_be_run_again(user: User, jobs: Jobs) -> None:
    ended(jobs, "Define it", "interrupted", error=JobError("It was killed.", "Run it again."))
    await user.open("/project/penguins/jobs")
    await seen(user, "Run again")
    user.find("Run again").click()
    await seen(user, "Ran define.")
    assert [job.status for job in jobs.latest()] == ["done", "interrupted"]


async def test_the_sign_in_the_header_shows_only_while_something_is_at_work(user: User, jobs: Jobs) -> None:
    await user.open("/project/penguins/train")
    await user.should_not_see("job \N{MIDDLE DOT}")
    records = jobs._database.jobs
    job = records.add("run", "Explore", {})
    records.begin(job.id, 1)
    records.beat(job.id, "reading", 0.456)
    await seen(user, "job \N{MIDDLE DOT} 46%")
    records.end(job.id, "failed", error=JobError("No."))
    for _ in range(600):
        if user.notify.contains("Explore failed."):
            break
        await asyncio.sleep(0.1)
    assert user.notify.contains("Explore failed.")
    await user.should_not_see("job \N{MIDDLE DOT}")


def timers(user: User) -> int:
    return sum(isinstance(element, ui.timer) for element in user.client.elements.values())


async def test_a_page_that_is_left_leaves_no_timer(user: User, jobs: Jobs) -> None:
    await user.open("/project/penguins/jobs")
    counts = []
    for _ in range(3):
        await seen(user, "No job yet")
        counts.append(timers(user))
        user.navigate.to("/project/penguins")
        await seen(user, "Nothing has run yet")
        user.navigate.to("/project/penguins/jobs")
    assert counts == [2, 2, 2], "one of the sign in the header, one of the page"


def test_a_job_that_is_not_done_came_to_nothing(jobs: Jobs) -> None:
    number = ended(jobs, "Read", "cancelled")
    assert outcome(jobs.get(number)) == ()
    result = {"stages": [{"name": "define", "cached": True}], "gates": [{"name": "a", "passed": True}], "violations": 2}
    assert outcome(jobs.get(ended(jobs, "Read", "done", result=result))) == (
        "Nothing had changed; every result is still valid.",
        "Every gate is passed.",
        "2 limits of monitoring are broken.",
    )


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59.9, "59 s"), (61, "1 min 1 s"), (7260, "2 h 1 min")])
def test_how_long_it_took_is_said_as_people_do(seconds: float, text: str) -> None:
    assert took(seconds) == text
