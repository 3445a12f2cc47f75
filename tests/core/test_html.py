import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.core.finding import Finding, Severity
from clew.core.html import (
    PALETTE,
    SEQUENCE,
    Entry,
    Html,
    Section,
    badge,
    bars,
    chart,
    element,
    escape,
    evidence,
    facts,
    finding_list,
    fragment,
    join,
    json_block,
    legend,
    page,
    pairs,
    prose,
    table,
    tiles,
)

EVIL = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>"


class Tags(HTMLParser):
    """Every tag and attribute of a page, and whether all that opens is closed."""

    VOID = frozenset({"meta", "input", "br", "img", "link"})

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.open, self.text = [], [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.extend((tag, *pair) for pair in attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.extend((tag, *pair) for pair in attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def everything(word):
    finding = Finding(
        word, Severity.ERROR, word, word, word, {word: [word, {word: word}]}, {"op": word, "columns": [word]}
    )
    body = join(
        (
            word,
            tiles([(word, word), (word, word, word)]),
            badge(word),
            pairs({word: word}),
            facts([(word, word)]),
            bars([(word, 0.5, word)], label=word),
            legend([word, word]),
            table([word, word], [[word, word]], caption=word),
            finding_list([finding], anchors={word: word}),
            element("p", word, title=word),
            chart("<svg></svg>", label=word, caption=word),
            json_block({word: word}, anchor="data"),
        )
    )
    return [Section("one", word, body, word, [Entry("here", word, word)])]


def test_what_comes_from_data_is_shown_and_never_run():
    plain, evil = Tags(page("x", everything("x"), subtitle="x")), Tags(page(EVIL, everything(EVIL), subtitle=EVIL))
    assert evil.tags == plain.tags
    assert [(tag, name) for tag, name, _ in evil.attributes] == [(tag, name) for tag, name, _ in plain.attributes]
    assert evil.text.count(EVIL) >= 20
    assert evil.open == []


@given(st.text())
def test_any_text_can_be_escaped_and_read_back(text):
    shown = Tags(str(element("p", text, title=text)))
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "\N{REPLACEMENT CHARACTER}", text)
    assert shown.tags == ["p"]
    if "\r" not in text:
        assert shown.text == clean
        assert shown.attributes == [("p", "title", clean)]


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner)
    )
)
def test_data_for_scripts_cannot_leave_their_element(data):
    block = json_block(data, anchor="x")
    body = re.fullmatch(r'<script type="application/json" id="x">(.*)</script>', block, re.DOTALL).group(1)
    assert not re.search(r"[<>&]", body)
    assert json.loads(body) == data


def test_html_is_taken_as_it_stands():
    assert element("p", Html("<b>x</b>"), "<b>") == "<p><b>x</b>&lt;b&gt;</p>"
    assert escape(Html("<b>")) == "<b>"


def test_attributes_are_spelt_and_left_out():
    assert (
        element("i", class_="a", aria_label="b", hidden=True, id=None, open=False)
        == '<i class="a" aria-label="b" hidden></i>'
    )


def test_a_page_loads_nothing_from_elsewhere():
    text = page("x", everything("x"))
    assert not re.search(r"(?:https?:)?//[a-z]", text)
    assert not re.search(r"\burl\(|@import|<link|<iframe|fetch\(|XMLHttpRequest|import\(", text)
    assert "default-src 'none'" in text


def test_only_the_scripts_of_the_page_may_run():
    own = "document.title = 'mine';"
    text = page("x", [], scripts=[own])
    policy = re.search(r'content="(default-src[^"]*)"', text).group(1)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert scripts[-1] == own
    for script in scripts:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]


def test_the_stylesheet_repaints_every_colour_of_charts():
    text = page("x", [])
    for colour in (*PALETTE, *SEQUENCE):
        assert f'[fill="{colour}"]' in text


def test_sections_are_linked_and_their_entries_searched():
    text = page("Title", [Section("a", "First", Html("<p>1</p>"), entries=[Entry("card-1", "one", "numeric")])])
    shown = Tags(text)
    assert ("a", "href", "#a") in shown.attributes
    assert ("section", "id", "a") in shown.attributes
    assert ("a", "href", "#card-1") in shown.attributes
    assert ("li", "data-for", "card-1") in shown.attributes
    assert ("input", "placeholder", "Search first") in shown.attributes
    assert "<!doctype html>" in text
    assert ("html", "lang", "en") in shown.attributes


def test_evidence_within_evidence_is_escaped_once():
    shown = evidence({"pairs": [{"rows": [3, 12_345], "label": "<b>"}], "count": 2})
    assert shown == (
        "pairs: <div>rows: <code>3</code> <code>12,345</code>, label: &lt;b&gt;</div>, count: 2"
    )  # fmt: skip


def test_findings_stand_by_severity_with_evidence_and_remedy():
    info = Finding("DQ002", Severity.INFO, "Late", "d", "x")
    error = Finding(
        "LK002",
        Severity.ERROR,
        "First",
        "d",
        "y",
        {"rows": [1, 2]},
        {"op": "drop", "columns": ["y"], "options": {"factor": 3}},
    )
    text = finding_list([info, error], anchors={"y": "column-1"})
    assert text.index("First") < text.index("Late")
    assert 'href="#column-1"' in text
    assert "<code>1</code> <code>2</code>" in text
    assert "{&quot;op&quot;: &quot;drop&quot;, &quot;columns&quot;: [&quot;y&quot;], &quot;factor&quot;: 3}" in text
    assert text.count("<details>") == 1
    assert "Nothing was found" in finding_list([])


def test_a_column_of_numbers_shows_a_dash_where_there_is_none():
    text = table(("name", "n", "note"), [("a", 1.5, "x"), ("b", None, None)])
    assert '<th scope="col" class="number">n</th>' in text
    assert '<td class="number">\N{EN DASH}</td>' in text
    assert "<td></td>" in text


def test_backticks_in_prose_set_code_and_nothing_is_markup():
    assert "<code>a&lt;b</code>" in prose("Fill `a<b` first.")
    assert "<code>" not in prose("5` long")


def test_numbers_in_a_table_stand_at_the_right():
    text = table(("name", "n"), [("a", 12345), ("b", None), ("c", True)])
    assert '<td class="number">12,345</td>' in text
    assert "<td></td>" in text
    assert "<td>True</td>" in text
    assert '<th scope="row">a</th>' in text


@pytest.mark.parametrize(("share", "width"), [(-1.0, "0.00%"), (0.256, "25.60%"), (7.0, "100.00%")])
def test_bars_stay_within_their_line(share, width):
    assert f"width:{width}" in bars([("x", share, "?")], label="x")


def test_ranked_colours_end_with_the_darkest():
    assert 'class="q2"' in legend(["low", "high"], ranked=True)
    assert 'class="q3"' in legend(["low", "high"], ranked=True)
    assert 'class="s0"' in legend(["a", "b"])
    assert 'class="s7"' in legend(["a", "others"], colours=(PALETTE[2], PALETTE[7]))


def test_a_fragment_is_shut_off_from_the_page_around_it():
    shown = Tags(fragment(element("p", EVIL)))
    assert shown.tags == ["iframe"]
    assert ("iframe", "sandbox", "allow-same-origin") in shown.attributes
    inner = Tags(dict(pair[1:] for pair in shown.attributes)["srcdoc"])
    assert "script" not in inner.tags
    assert EVIL in inner.text


def test_a_frame_is_as_high_as_what_stands_in_it():
    def height(*parts):
        return int(re.search(r"height:(\d+)px", fragment(*parts)).group(1))

    one, ten, thousand = (table(["a"], [[row] for row in range(rows)]) for rows in (1, 10, 1000))
    assert height() < height(one) < height(one, ten) < height(thousand)
    assert height(thousand) == height(thousand, thousand), "beyond a screen it scrolls"
    flat, tall = (chart(f'<svg viewBox="0 0 100 {high}"></svg>', label="x") for high in (20, 90))
    assert height(flat) < height(tall)
    assert height(None, one) == height(one), "what is not there takes no place"


def test_where_frames_are_stripped_words_stay():
    assert "trust the notebook" in re.sub(r"<[^>]*>", "", fragment("x", title="Profile"))
