"""A YAML text is changed where its data change, and nowhere else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.core.errors import ConfigError
from clew.project.yamltext.change import canonical, change, read
from clew.project.yamltext.render import flow, scalar

SIGNS = [
    "yes",
    "null",
    "~",
    "on",
    "2024-01-31",
    "1e3",
    "0x1f",
    "'",
    '"',
    "größe",
    "[",
    "{a}",
    "*a",
    "&a",
    "!a",
    "%",
    "@",
    "`a`",
    "a,b",
    "?",
    ":",
    "#",
    "<<",
    "=",
    "😀",
]
odd = st.text(max_size=12) | st.sampled_from(
    [*SIGNS, "a: b", "a #b", "- a", " a ", "\t", "a\nb", "x\u2028y", "\x85", "\ufeff"]
)
texts = odd.filter(lambda text: not any("\ud800" <= sign <= "\udfff" for sign in text))
scalars = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.dates() | texts
keys = texts | st.sampled_from(["a", "b", "name", "x 1"])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
documents = st.dictionaries(keys, values, min_size=1, max_size=5)


@st.composite
def layouts(draw, data, indent=0):
    """Lay out the keys of a mapping or the items of a list in some way that people write; a part per key or item."""
    pad, parts = " " * indent, []
    for key in data if isinstance(data, dict) else range(len(data)):
        value = data[key]
        sign = f"{scalar(key)}:" if isinstance(data, dict) else "-"
        above = "".join(f"{pad}# über {draw(st.integers(0, 9))}\n" for _ in range(draw(st.integers(0, 1))))
        above += draw(st.sampled_from(["", "", "\n"]))
        behind = draw(st.sampled_from(["", "", "   # so"])) + "\n"
        if isinstance(value, dict | list) and value and draw(st.booleans()):
            inner = draw(layouts(value, indent + draw(st.sampled_from([2, 4]))))
            whole = "".join(inner)
            if sign == "-" and whole.startswith(f"{pad}  ") and whole[len(pad) + 2] not in "# " and draw(st.booleans()):
                parts.append(f"{above}{pad}- {whole[len(pad) + 2 :]}")
            else:
                parts.append(f"{above}{pad}{sign}{behind}{whole}")
        else:
            written = "" if value is None and draw(st.booleans()) else f" {flow(value)}"
            parts.append(f"{above}{pad}{sign}{written}{behind}")
    return parts


def comments(text):
    return [line for line in text.split("\n") if line.lstrip(" ").startswith("#")]


@settings(max_examples=25)
@given(st.data())
def test_a_text_becomes_what_is_wanted_and_keeps_all_comments(data):
    before, after = data.draw(documents), data.draw(documents)
    text = "".join(data.draw(layouts(before)))
    assert canonical(read(text, name="t")) == canonical(before)
    changed = change(text, after, name="t")
    assert canonical(read(changed, name="t")) == canonical(after)
    assert sorted(comments(changed)) == sorted(comments(text)), "those on lines of their own"
    assert change(changed, after, name="t") == changed


@settings(max_examples=25)
@given(st.data())
def test_what_stands_elsewhere_stays_byte_for_byte(data):
    before = data.draw(documents)
    parts = data.draw(layouts(before))
    number = data.draw(st.integers(0, len(parts) - 1))
    key = list(before)[number]
    after = {**before, key: data.draw(values)}
    changed = change("".join(parts), after, name="t")
    assert canonical(read(changed, name="t")) == canonical(after)
    assert changed.startswith("".join(parts[:number]))
    assert changed.endswith("".join(parts[number + 1 :]))


@settings(max_examples=25)
@given(st.data())
def test_a_key_more_or_less_is_a_line_more_or_less(data):
    before = data.draw(documents)
    parts = data.draw(layouts(before))
    number = data.draw(st.integers(0, len(parts) - 1))
    key = list(before)[number]
    if len(parts) > 1:
        changed = change("".join(parts), {k: v for k, v in before.items() if k != key}, name="t")
        assert changed.startswith("".join(parts[:number]))
        assert changed.endswith("".join(parts[number + 1 :]))
    new = data.draw(keys.filter(lambda name: name not in before))
    changed = change("".join(parts), before | {new: 1}, name="t")
    assert changed == "".join(parts) + f"\n{flow({new: 1})[1:-1]}\n"


@settings(max_examples=25)
@given(st.data())
def test_windows_line_ends_stay(data):
    before, after = data.draw(documents), data.draw(documents)
    text = "".join(data.draw(layouts(before))).replace("\n", "\r\n")
    changed = change(text, after, name="t")
    assert canonical(read(changed, name="t")) == canonical(after)
    assert "\n" not in changed.replace("\r\n", "")


@given(scalars)
def test_a_scalar_reads_back_as_itself(value):
    read_back = read(f"- {scalar(value)}\n- [{scalar(value)}]\n- {{k: {scalar(value)}}}\n", name="t")
    assert canonical(read_back) == canonical([value, [value], {"k": value}])


@given(keys)
def test_so_does_a_key(key):
    assert read(f"{flow({key: 1})}\n", name="t") == {key: 1}


@pytest.mark.parametrize(
    ("text", "wanted", "changed"),
    [
        ("a: 1   # one\n", {"a": 2}, "a: 2   # one\n"),
        ("a:   # nothing yet\n", {"a": 2}, "a: 2   # nothing yet\n"),
        ("a: {b: 1,}\n", {"a": {"b": 1, "c": 2}}, "a: {b: 1, c: 2}\n"),
        ("a: [\n  1,   # one\n  2    # two\n]\n", {"a": [1]}, "a: [\n  1,   # one\n      # two\n]\n"),
        ("a: [1, 2, 3]\n", {"a": [1, 3]}, "a: [1, 3]\n"),
        ("a: [1, 2, 3]\n", {"a": [0, 1, 2, 3]}, "a: [0, 1, 2, 3]\n"),
        ("a: |\n  two\n  lines\n\n# next\nb: 1\n", {"a": "one", "b": 1}, "a: one\n\n# next\nb: 1\n"),
        ("a: two\n  lines\nb: 1\n", {"a": "one", "b": 1}, "a: one\nb: 1\n"),
        ("- x: 1\n  y: 2\n- 3\n", [{"y": 2}, 3], "- y: 2\n- 3\n"),
        ("a: 'it''s'   # q\n", {"a": "it's", "b": "it's"}, "a: 'it''s'   # q\n\nb: \"it's\"\n"),
        ("# b: 7   # seven\na: 1\n", {"a": 1, "b": 8}, "# b: 7   # seven\na: 1\n\nb: 8\n"),
        ("a: 1\n# b: 7   # seven\nc: 2\n", {"a": 1, "b": 8, "c": 2}, "a: 1\nb: 8   # seven\nc: 2\n"),
        ("a: |\n  # b: 7\nc: 2\n", {"a": "# b: 7\n", "b": 8, "c": 2}, "a: |\n  # b: 7\nc: 2\n\nb: 8\n"),
        ("a: 1", {"a": 1, "b": True}, "a: 1\n\nb: true"),
        ("---\na: 1\n...\n", {"a": 1, "b": 2}, "---\na: 1\n\nb: 2\n...\n"),
        ("a: 1\n", {"a": True}, "a: true\n"),
        ("a: &x {b: 1}\nc: *x\n", {"a": {"b": 2}, "c": {"b": 1}}, "a: &x {b: 2}\nc: {b: 1}\n"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n  d: 1\n", {"a": {"b": 1}, "c": {"b": 2, "d": 1}}, None),
    ],
)
def test_as_little_as_can_be(text, wanted, changed):
    result = change(text, wanted, name="t")
    assert canonical(read(result, name="t")) == canonical(wanted)
    assert changed is None or result == changed


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: &x {b: 1}\nc: *x\n", {"c": {"b": 1}}),
        ("? [1, 2]\n: 3\n", {}),
        ("# nothing\n", {"a": 1}),
    ],
)
def test_what_would_change_more_is_refused(text, wanted):
    with pytest.raises(ConfigError, match="t is written in a way in which this cannot be changed"):
        change(text, wanted, name="t")


@pytest.mark.parametrize("text", ["a: [", "a: 1\na: 2\n", "a: b: c", "\0"])
def test_what_is_no_yaml_is_named(text):
    with pytest.raises(ConfigError, match="t is no YAML: "):
        change(text, {"a": 1}, name="t")
