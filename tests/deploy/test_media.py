import pytest

from clew.deploy.errors import RequestError
from clew.deploy.media import content_type, negotiate


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("text/*", "text/csv"),
        ("text/html, application/json;q=0.5", "application/json"),
        ("application/json;q=0.2, text/csv;q=0.9", "text/csv"),
        ("application/x-ndjson", "application/jsonlines"),
        ("application/json;q=0, */*;q=0.1", "text/csv"),
        ("APPLICATION/JSON", "application/json"),
    ],
)
def test_the_reply_has_the_type_that_the_caller_likes_best(accept, media):
    assert negotiate(accept) == media


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "application/json;q=high", "image/*"])
def test_a_reply_that_nobody_takes_is_refused(accept):
    with pytest.raises(RequestError) as refused:
        negotiate(accept)
    assert refused.value.status == 406


def test_the_spelling_and_parameters_of_a_content_type_are_settled():
    media = content_type('Application/JSON; Charset="UTF-8"')
    assert (media.name, media.parameters) == ("application/json", {"charset": "UTF-8"})
    assert content_type("application/x-jsonlines").name == "application/jsonlines"


@pytest.mark.parametrize("header", [None, "", "text/plain", "application/x-www-form-urlencoded"])
def test_other_content_types_are_refused(header):
    with pytest.raises(RequestError, match="content type") as refused:
        content_type(header)
    assert refused.value.status == 415
