from pathlib import Path

from nicegui.testing import User
from palmerpenguins import load_penguins

from clew.studio.studio import Studio
from clew.studio.uploads import Upload


async def parts(content: bytes):
    yield content


async def upload(studio: Studio, name: str, content: bytes) -> Upload:
    return await studio.uploads.take(name, parts(content))


async def test_a_dropped_table_becomes_a_project(user: User, studio: Studio) -> None:
    taken = await upload(studio, "birds.csv", load_penguins().to_csv(index=False).encode())
    await user.open(f"/new/{taken.id}")
    await user.should_see("birds.csv: 344 rows, 8 columns", retries=50)
    await user.should_see("A multiclass task: one of several answers.")
    user.find("Create the project").click()
    await user.should_see("Predict species.", retries=100)
    folder = studio.workspace.folder("birds")
    assert (folder / "data" / "birds.csv").is_file()
    assert studio.workspace.project("birds").jobs.latest()[0].title == "Read and explore the rows"
    studio.workspace.project("birds").jobs.wait(1, timeout_s=120)


async def test_a_file_that_is_no_table_says_so_and_stays(user: User, studio: Studio) -> None:
    taken = await upload(studio, "odd.json", b"this is no json")
    await user.open(f"/new/{taken.id}")
    await user.should_see("odd.json", retries=50)
    assert taken.path.is_file()


async def test_an_upload_that_is_gone_says_what_to_do(user: User) -> None:
    await user.open("/new/nothing")
    await user.should_see("Drop the file again.", retries=20)


async def test_a_name_that_is_taken_is_another_one(user: User, studio: Studio, tmp_path: Path) -> None:
    taken = await upload(studio, "penguins.csv", load_penguins().to_csv(index=False).encode())
    await user.open(f"/new/{taken.id}")
    await user.should_see("penguins.csv: 344 rows", retries=50)
    user.find("Create the project").click()
    await user.should_see("Predict species.", retries=100)
    assert studio.workspace.names() == ("penguins", "penguins-2")
    studio.workspace.project("penguins-2").jobs.wait(1, timeout_s=120)
