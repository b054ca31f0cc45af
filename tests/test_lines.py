"""Parts of a page that are rendered once and then filled: each value as the template engine would show it."""

import pytest
from django.template import engines
from django.utils import translation
from django.utils.safestring import mark_safe

from accounts.templatetags.lines import line, lines


@pytest.fixture
def template(settings, tmp_path):
    """Writes a template and answers its name."""

    def write(text):
        name = f"{tmp_path.name}.html"  # what is rendered once is kept by name
        (tmp_path / name).write_text(text)
        return name

    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    return write


def rendered(text, rows):
    """The same rows by the template engine, one by one."""
    return "".join(engines["django"].from_string(text).render({"row": row}) for row in rows)


HOSTILE = ["<b>O'Brien</b>", '"%s %(name)s 100%', "{{ x }}", "\x02name\x03", "&amp;", "王"]


def test_every_value_is_escaped_as_the_template_engine_does(template):
    text = '<a title="{{ row.name }}">{{ row.name }} 100%</a>\n'
    rows = [{"name": name} for name in HOSTILE]
    assert lines(template(text), rows) == rendered(text, rows)


def test_markup_that_is_marked_safe_stays_markup(template):
    assert line(template("{{ row.mark }}"), {"mark": mark_safe("<i></i>")}) == "<i></i>"


def test_a_row_is_asked_whether_a_value_is_there(template):
    text = "{% if row.phone %}[{{ row.phone }}]{% else %}no number{% endif %};"
    assert lines(template(text), [{"phone": "1"}, {"phone": ""}]) == "[1];no number;"


def test_flags_are_the_same_for_all_rows(template):
    name = template("{{ row.name }}{% if owned %} of {{ owned }}{% endif %};")
    assert lines(name, [{"name": "a"}, {"name": "b"}], owned="li") == "a of li;b of li;"


def test_words_are_those_of_the_reader(template):
    name = template("{% load i18n %}{% translate 'Customers' %}: {{ row.n }}")
    said = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            said[language] = line(name, {"n": 3})
    assert said == {"en": "Customers: 3", "zh-hans": "客户: 3"}
