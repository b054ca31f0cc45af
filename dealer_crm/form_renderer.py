"""How the widgets of forms are written: the plain ones at once, without a template for each."""

from collections.abc import Mapping

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

_WIDGETS = "django/forms/widgets/"
_INPUTS = ("checkbox", "date", "email", "hidden", "number", "password", "tel", "text", "time", "url")
_OPTIONS = ("checkbox_option", "radio_option")


class PlainRenderer(DjangoTemplates):
    """The same text as Django's templates, which are still asked for every widget not named here."""

    def render(self, template_name, context, request=None) -> SafeString:
        write = _WRITERS.get(template_name)
        if write is None:
            return super().render(template_name, context, request)
        return mark_safe(write(context["widget"]))


def _input(widget: Mapping) -> str:
    value = "" if widget["value"] is None else f' value="{conditional_escape(widget["value"])}"'
    return (
        f'<input type="{widget["type"]}" name="{conditional_escape(widget["name"])}"{value}{_attrs(widget)}>'
    )


def _option(widget: Mapping) -> str:
    if not widget["wrap_label"]:
        return _input(widget)
    key = widget["attrs"].get("id")
    aims = f' for="{conditional_escape(key)}"' if key else ""
    return f"<label{aims}>{_input(widget)}\n {_label(widget)}</label>"


def _select(widget: Mapping) -> str:
    groups = "".join(_group(name, options) for name, options, _index in widget["optgroups"])
    return f'<select name="{conditional_escape(widget["name"])}"{_attrs(widget)}>{groups}\n</select>'


def _group(name: object, options: list[Mapping]) -> str:
    rows = "".join(
        f'\n  <option value="{conditional_escape(one["value"])}"{_attrs(one)}>{_label(one)}</option>\n'
        for one in options
    )
    if not name:
        return rows
    return f'\n  <optgroup label="{conditional_escape(name)}">{rows}\n  </optgroup>'


def _attrs(widget: Mapping) -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{conditional_escape(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _label(widget: Mapping) -> str:
    return conditional_escape(localize(widget["label"]))


_WRITERS = {
    **{f"{_WIDGETS}{name}.html": _input for name in _INPUTS},
    **{f"{_WIDGETS}{name}.html": _option for name in _OPTIONS},
    f"{_WIDGETS}select.html": _select,
}
