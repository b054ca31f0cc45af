"""Widgets are written as Django writes them, sign for sign."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from accounts.widgets import DateInput, PinInput, Switch, TimeInput
from dealer_crm.form_renderer import PlainRenderer

NASTY = "\"'<b>&amp; 王\u2028"
CHOICES = [("", "–"), (1, _("Yes")), ("<2>", NASTY), ("3", mark_safe("<i>3</i>")), (4, 12_345)]
GROUPED = [("", "–"), (NASTY, [("1", "one"), ("2", NASTY)]), ("plain", [("3", 3)])]
ATTRS = [
    {},
    {"id": "id_x", "class": NASTY, "required": True, "disabled": False, "maxlength": 9, "title": None},
]
SIMPLE = [
    forms.TextInput, forms.HiddenInput, forms.EmailInput, forms.NumberInput, forms.URLInput,
    forms.PasswordInput, forms.CheckboxInput, forms.Textarea, DateInput, TimeInput, PinInput, Switch,
]  # fmt: skip
RENDERERS = PlainRenderer(), DjangoTemplates()
CHOOSING = [forms.Select, forms.RadioSelect, forms.CheckboxSelectMultiple, forms.SelectMultiple]


@pytest.mark.parametrize("attrs", ATTRS)
@pytest.mark.parametrize("value", [None, "", 0, 7.5, NASTY, mark_safe("<i>"), True, _("Yes")])
@pytest.mark.parametrize("widget", SIMPLE)
def test_a_plain_widget_is_written_as_django_does(widget, value, attrs):
    plain, djangos = (widget().render(NASTY, value, attrs, renderer=by) for by in RENDERERS)
    assert plain == djangos


@pytest.mark.parametrize("attrs", ATTRS)
@pytest.mark.parametrize("choices", [CHOICES, GROUPED, []])
@pytest.mark.parametrize("value", [None, "", 1, ["1", "<2>"], "3"])
@pytest.mark.parametrize("widget", CHOOSING)
def test_choices_are_written_as_django_does(widget, value, choices, attrs):
    plain, djangos = (widget(choices=choices).render("x", value, attrs, renderer=by) for by in RENDERERS)
    assert plain == djangos


@pytest.mark.parametrize("widget", CHOOSING)
def test_one_choice_is_written_as_django_does_with_its_label_and_without(widget):
    class Asked(forms.Form):
        one = forms.MultipleChoiceField(choices=[*CHOICES, *GROUPED[1:]], widget=widget, initial=["<2>"])

    def written(by) -> list[str]:
        options = list(Asked(renderer=by)["one"])
        return [option.tag() for option in options] + [str(option) for option in options]

    plain, djangos = map(written, RENDERERS)
    assert plain == djangos
