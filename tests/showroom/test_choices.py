"""A choice is called in a template what Django calls it, in both languages."""

import pytest
from django.utils.translation import override

from showroom.models import Companion, Concession, Objection
from showroom.templatetags.choices import word

FIELDS = [
    (Companion, "relation"), (Concession, "kind"), (Concession, "answer"),
    (Objection, "cause"), (Objection, "obstacle"), (Objection, "technique"),
]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(("model", "name"), FIELDS)
def test_a_choice_is_called_what_django_calls_it(model, name, language):
    codes = [code for code, _label in model._meta.get_field(name).flatchoices]
    with override(language):
        for code in [*codes, "", "no-such-choice"]:
            row = model(**{name: code})
            assert str(word(row, name)) == getattr(row, f"get_{name}_display")()
