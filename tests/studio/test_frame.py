from nicegui.testing import User


async def test_the_projects_of_the_workspace_are_listed(user: User) -> None:
    await user.open("/")
    await user.should_see("penguins")
    await user.should_see("Predict species.")


async def test_a_project_says_what_to_do_first(user: User) -> None:
    await user.open("/project/penguins")
    await user.should_see("Nothing has run yet")
    await user.should_see("Explore")


async def test_an_address_that_leads_nowhere_says_so(user: User) -> None:
    answer = await user.http_client.get("/project/penguins/nowhere")
    assert answer.status_code == 404
    assert "There is no such page." in answer.text


async def test_a_project_that_is_not_there_is_an_error_with_a_way_out(user: User) -> None:
    await user.open("/project/pinguins")
    await user.should_see("There is no project 'pinguins' in this workspace.")
    await user.should_see("Did you mean 'penguins'?")


async def test_every_stage_has_a_page_before_anything_ran(user: User) -> None:
    for stage in ("train", "evaluate", "deploy", "monitor"):
        await user.open(f"/project/penguins/{stage}")
        await user.should_see("Not run yet")
