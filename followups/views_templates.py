"""Settings: the store's words for each kind of message (SPEC DEV-09)."""

from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import Refused
from accounts.meanwhile import SeenForm, unchanged
from accounts.sheets import Sheet, must_run_the_store, saved, show_sheet

from .models import Channel, Template
from .outbox.kinds import MESSAGE_KINDS, PLACEHOLDERS, MessageKind, Purpose
from .outbox.parts import parts_of
from .outbox.templates import (
    CHANNELS,
    LANGUAGES,
    Message,
    check_template,
    example,
    history,
    language_of,
    own_words,
    save_template,
    shipped,
    words_of,
)

GROUPS = {
    Purpose.SERVICE: gettext_lazy("About a visit, an appointment or an order"),
    Purpose.MARKETING: gettext_lazy("Offers, news and greetings"),
}
CHANNEL_NAMES = {
    Channel.SMS: pgettext_lazy("template", "Text message, WeChat"),
    Channel.EMAIL: gettext_lazy("E-mail"),
}
NAMES = dict(settings.LANGUAGES)
OWN_NAMES = {"zh-hans": "中文", "en": "English"}


@dataclass(frozen=True)
class Place:
    """Which template: a kind, a channel, a language."""

    kind: MessageKind
    channel: str
    language: str

    @property
    def address(self) -> str:
        return self._url("followups:template")

    @property
    def preview(self) -> str:
        return self._url("followups:template_preview")

    def _url(self, name: str) -> str:
        return reverse(name, args=[self.kind.code, self.channel, self.language])

    @property
    def short(self) -> str:
        return f"{Channel(self.channel).label} · {OWN_NAMES[self.language]}"

    def __str__(self):
        return f"{CHANNEL_NAMES[self.channel]} · {NAMES[self.language]}"


class TemplateForm(SeenForm):
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=120)
    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 7}),
        required=False,
    )

    def __init__(self, *args, channel: str, **kwargs):
        super().__init__(*args, **kwargs)
        if channel != Channel.EMAIL:
            del self.fields["subject"]

    @property
    def typed(self) -> Message:
        data = self.cleaned_data
        return Message(data.get("subject", ""), data.get("text", ""))


@require_safe
@login_required
def templates(request: HttpRequest) -> HttpResponse:
    """Every kind of message with its words, the store's own ones marked; one statement for all."""
    must_run_the_store(request)
    own = own_words(request.store)
    groups = [
        {
            "name": name,
            "rows": [_row(request, kind, own) for kind in MESSAGE_KINDS.values() if kind.purpose == purpose],
        }
        for purpose, name in GROUPS.items()
    ]
    return render(request, "followups/templates.html", {"groups": groups, "tab": "messages"})


def _row(request: HttpRequest, kind: MessageKind, own: dict[tuple, Template]) -> dict:
    language = language_of(get_language() or request.store.language)
    places = [Place(kind, channel, one) for channel in CHANNELS for one in LANGUAGES]
    return {
        "kind": kind,
        "text": words_of(request.store, kind, Channel.SMS, language, own).text,
        "places": [(place, own.get((kind.code, place.channel, place.language))) for place in places],
    }


def _place_or_404(request: HttpRequest, code: str, channel: str, language: str) -> Place:
    must_run_the_store(request)
    if code not in MESSAGE_KINDS or channel not in CHANNELS or language not in LANGUAGES:
        raise Http404
    return Place(MESSAGE_KINDS[code], channel, language)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def template(request: HttpRequest, code: str, channel: str, language: str) -> HttpResponse:
    """The sheet of a template with a preview; a POST saves it, `act=ship` takes the shipped words back."""
    place = _place_or_404(request, code, channel, language)

    def now() -> dict:
        words = words_of(request.store, place.kind, channel, language)
        return (
            {"subject": words.subject, "text": words.text}
            if channel == Channel.EMAIL
            else {"text": words.text}
        )

    form = TemplateForm(request.POST if request.method == "POST" else None, channel=channel, initial=now())
    ships = request.POST.get("act") == "ship"
    if form.is_valid() or (form.is_bound and ships):
        words = shipped(place.kind, channel, language) if ships else form.typed
        try:
            with unchanged(form, request.store, now):
                _save(request, place, words)
            text = _("Saved: %(setting)s") % {"setting": place.kind.label}
            return saved(request, text, reverse("followups:templates"))
        except Refused as refusal:
            form.refuse(refusal)
    return _sheet(request, place, form)


def _save(request: HttpRequest, place: Place, words: Message) -> None:
    about = {"language": place.language, "channel": place.channel, "by": request.user, "now": request.now}
    save_template(request.store, place.kind, subject=words.subject, text=words.text, **about)


def _sheet(request: HttpRequest, place: Place, form: TemplateForm) -> HttpResponse:
    sheet = Sheet(
        title=str(place.kind.label),
        line=str(place),
        back=reverse("followups:templates"),
        button=_("Save"),
        says=_("Kept with your name and the time."),
        part="followups/_template.html",
    )
    row = own_words(request.store).get((place.kind.code, place.channel, place.language))
    shown = Message(form["subject"].value() if "subject" in form.fields else "", form["text"].value() or "")
    context = {
        "place": place,
        "own": row,
        "chips": [(f"{{{name}}}", PLACEHOLDERS[name]) for name in place.kind.placeholders],
        "history": _told(history(request.store, place.kind, place.channel, place.language)),
        "preview": _preview(request, place, shown),
    }
    return show_sheet(request, sheet, form, status=form.status, **context)


def _told(changes) -> list:
    for change in (rows := list(changes)):
        change.old_text, change.new_text = change.old, change.new
    return rows


@login_required
@require_POST
def template_preview(request: HttpRequest, code: str, channel: str, language: str) -> HttpResponse:
    """What is typed, filled with an example and counted, or what is wrong with it; saves nothing."""
    place = _place_or_404(request, code, channel, language)
    typed = Message(request.POST.get("subject", "")[:200], request.POST.get("text", "")[:2000])
    return render(request, "followups/_template_preview.html", {"preview": _preview(request, place, typed)})


def _preview(request: HttpRequest, place: Place, typed: Message) -> dict:
    sample = example(place.kind, request.store, place.language)
    try:
        check_template(place.kind, place.channel, Message(typed.subject, typed.text.strip()), sample=sample)
    except Refused as refusal:
        return {"fault": refusal.message}
    words = typed.filled(sample)
    size = parts_of(words.text) if place.channel == Channel.SMS else None
    return {"words": words, "size": size, "language": place.language}
