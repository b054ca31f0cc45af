"""Which kind of file, the file itself, and what its columns are."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .importing import import_kinds
from .models import Upload


class UploadForm(forms.Form):
    """One file of one kind."""

    kind = forms.ChoiceField(
        label=_("What is in the file"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Tap what is in the file."),
            "invalid_choice": _("Tap what is in the file."),
        },
    )
    file = forms.FileField(
        label=pgettext_lazy("to send", "File"),
        help_text=_("Excel (.xlsx) or CSV, 20 MB at most. Column names stand in one row."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty."),
            "invalid": _("Choose a file."),
        },
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(code, kind.label) for code, kind in import_kinds().items()]
        self.initial.setdefault("token", uuid.uuid4())


class ColumnsForm(forms.Form):
    """A choice for each column of the file: the field it holds, or nothing."""

    def __init__(self, *args, upload: Upload, **kwargs):
        super().__init__(*args, **kwargs)
        self.upload = upload
        labels = import_kinds()[upload.kind].columns.labels
        choices = [("", _("Leave out")), *labels.items()]
        samples = upload.report.get("samples", {})
        for place, column in enumerate(upload.columns):
            self.fields[f"column{place}"] = forms.ChoiceField(
                label=column,
                choices=choices,
                required=False,
                initial=upload.mapping.get(column, ""),
                help_text=samples.get(column, ""),
                error_messages={"invalid_choice": _("Choose what each column is.")},
            )

    def mapping(self) -> dict[str, str]:
        return {
            column: self.cleaned_data[f"column{place}"] for place, column in enumerate(self.upload.columns)
        }
