"""The eleven questions of the needs report, as one list of data (SPEC NEED-02)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.errors import Refused

from .walk_positions import ASPECTS

LONGEST = 300  # signs of a free answer


@dataclass(frozen=True)
class Question:
    """One question: what it is about, how it may be asked, chips to tap; `many` = several of them."""

    code: str
    part: str
    label: object
    ask: object
    chips: tuple[tuple[str, object], ...] = ()
    many: bool = False
    ordered: bool = False  # the order of the taps counts


PARTS = {
    "person": pgettext_lazy("part of the needs report", "Person"),
    "use": pgettext_lazy("part of the needs report", "Use"),
    "choice": pgettext_lazy("part of the needs report", "Choice"),
}
_ALL = [
    Question(
        "occupation", "person", _("Occupation"), _("“What do you do, if I may ask?”"),
        (("office", _("Office")), ("own_business", _("Own business")), ("public", _("Public service")),
         ("trade", _("Trade or craft")), ("retired", _("Retired"))),
    ),
    Question(
        "hobbies", "person", _("Hobbies"), _("“What do you like to do at weekends?”"),
        (("travel", _("Travelling")), ("sport", _("Sport")), ("fishing", _("Fishing")),
         ("children", _("Children")), ("camping", _("Camping"))),
        many=True,
    ),
    Question(
        "driven_before", "person", _("Driven before"), _("“Have you driven a car of this size before?”"),
        (("often", _("Often")), ("some", _("A little")), ("never", _("Never"))),
    ),
    Question(
        "how_long", "person", _("Driving for"), _("“How long have you had your licence?”"),
        (("new", _("New driver")), ("few", _("1 to 3 years")), ("long", _("Longer"))),
    ),
    Question(
        "main_use", "use", _("Main use"), _("“What will the car do most of the week?”"),
        (("commute", _("To work")), ("school", _("School run")), ("weekend", _("Weekends out")),
         ("business", _("For business")), ("long_trips", _("Long trips"))),
        many=True,
    ),
    Question(
        "users", "use", _("Who drives"), _("“Who else will be at the wheel?”"),
        (("self", _("The customer")), ("spouse", _("Spouse")), ("child", _("Child")),
         ("parents", _("Parents")), ("driver", _("A driver"))),
        many=True,
    ),
    Question(
        "previous_car", "use", _("Previous car"), _("“What do you drive now, and what do you miss in it?”"),
        (("none", pgettext_lazy("previous car", "None")), ("same_brand", _("One of ours")),
         ("other_brand", _("Another brand"))),
    ),
    Question(
        "matters", "use", _("What matters most"), _("“What should be better than in the car you have?”"),
        (*ASPECTS.items(), ("economy", _("Economy")), ("price", _("Price")), ("brand", _("Brand"))),
        many=True, ordered=True,
    ),
    Question(
        "other_models", "choice", _("Other models considered"), _("“What else have you looked at?”"),
        many=True,
    ),
    Question(
        "budget", "choice", _("Budget"), _("“Which price range do you have in mind?”"),
        (("under_100", _("Below 100,000")), ("100_150", _("100,000 to 150,000")),
         ("150_200", _("150,000 to 200,000")), ("over_200", _("Above 200,000"))),
    ),
    Question(
        "heard_from", "choice", _("Heard of us by"), _("“How did you come to us?”"),
        (("friend", _("Friends")), ("portal", _("A car portal")), ("short_video", _("Short video")),
         ("passing", _("Passing by")), ("owner", _("Has one of ours"))),
    ),
]  # fmt: skip
QUESTIONS = {question.code: question for question in _ALL}


def of_part(part: str) -> list[Question]:
    return [question for question in QUESTIONS.values() if question.part == part]


def cleaned(answers: Mapping) -> dict:
    """Answers as they are kept. Refused: a question or chip that does not exist, a text too long."""
    return {code: _cleaned(code, said) for code, said in answers.items()}


def _cleaned(code: str, said: Mapping) -> dict:
    question = QUESTIONS.get(code)
    if question is None:
        raise Refused(_g("This question is not part of the report."))
    known = {chip for chip, _label in question.chips}
    chips = list(dict.fromkeys(said.get("chips") or []))
    if set(chips) - known:
        raise Refused(_g("Tap one of the answers shown."), field=code)
    text = (said.get("text") or "").strip()
    if len(text) > LONGEST:
        raise Refused(_g("Too long: %(most)s signs at most.") % {"most": LONGEST}, field=code)
    return {"chips": chips if question.many else chips[:1], "text": text}


def in_words(code: str, said: Mapping) -> str:
    """An answer in the reader's language: the chips, then the text."""
    labels = dict(QUESTIONS[code].chips)
    parts = [str(labels[chip]) for chip in said.get("chips", []) if chip in labels]
    return " · ".join([*parts, *([said["text"]] if said.get("text") else [])])
