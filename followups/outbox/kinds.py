"""The kinds of message to a customer, as one list of data, with the words that ship (SPEC FUP-06, FUP-08)."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Purpose(StrEnum):
    """What a customer agrees to or takes back; the codes are those of their consents (SPEC A16)."""

    SERVICE = "contact"
    MARKETING = "marketing"


PLACEHOLDERS = {
    "customer": pgettext_lazy("placeholder", "Customer's name"),
    "person": pgettext_lazy("placeholder", "Consultant's name"),
    "store": pgettext_lazy("placeholder", "Store"),
    "day": pgettext_lazy("placeholder", "Day of the appointment"),
    "time": pgettext_lazy("placeholder", "Time of the appointment"),
}
ALWAYS = ("customer", "person", "store")
DATED = (*ALWAYS, "day", "time")
SIGNATURE = "person"  # a message that nobody signed may not go out (SPEC DEV-09)


@dataclass(frozen=True)
class MessageKind:
    """`short` goes by text message and WeChat, `subject` and `letter` by e-mail."""

    code: str
    label: object
    purpose: Purpose
    short: object
    subject: object
    letter: object
    placeholders: tuple[str, ...] = ALWAYS
    source: str = "FUP-08"


MESSAGE_KINDS = {
    kind.code: kind
    for kind in [
        MessageKind(
            "thank_you",
            _("Thank you for the visit"),
            Purpose.SERVICE,
            _(
                "Hello {customer}, thank you for visiting {store}."
                " Whatever you would like to know, I am glad to help. {person}"
            ),
            _("Thank you for your visit to {store}"),
            _(
                "Hello {customer},\n\nthank you for taking the time to visit us. If a question comes up"
                " about the car, the price or the delivery, just answer this message.\n\n{person}\n{store}"
            ),
            source="CAD-05, FUP-06",
        ),
        MessageKind(
            "call_thanks",
            _("Thank you for the call"),
            Purpose.SERVICE,
            _(
                "Hello {customer}, thank you for your call to {store}."
                " Whatever you would like to know, I am glad to help. {person}"
            ),
            _("Thank you for your call"),
            _(
                "Hello {customer},\n\nthank you for your call. If a question comes up about the car, the"
                " price or the delivery, just answer this message.\n\n{person}\n{store}"
            ),
            source="CAD-05",
        ),
        MessageKind(
            "contract_thanks",
            _("Thank you for the order"),
            Purpose.SERVICE,
            _(
                "Hello {customer}, thank you for your order and your trust."
                " I keep you posted until the keys are yours. {person}, {store}"
            ),
            _("Thank you for your order"),
            _(
                "Hello {customer},\n\nthank you for your order and your trust. I tell you each step until"
                " the keys are yours, and I am there for any question.\n\n{person}\n{store}"
            ),
            source="FUP-06",
        ),
        MessageKind(
            "help_thanks",
            _("Thank you for the help"),
            Purpose.SERVICE,
            _("Hello {customer}, thank you for your help. It means a lot to me. {person}, {store}"),
            _("Thank you for your help"),
            _(
                "Hello {customer},\n\nthank you for your help. It means a lot to all of us."
                "\n\n{person}\n{store}"
            ),
            source="FUP-06",
        ),
        MessageKind(
            "trip_greeting",
            _("Greeting from a trip"),
            Purpose.SERVICE,
            _("Hello {customer}, a greeting from a trip. I am back in the store soon. {person}, {store}"),
            _("A greeting from a trip"),
            _(
                "Hello {customer},\n\na greeting from a trip. I am back in the store soon; until then my"
                " colleagues are there for you.\n\n{person}\n{store}"
            ),
            source="FUP-06",
        ),
        MessageKind(
            "appointment",
            _("Reminder of an appointment"),
            Purpose.SERVICE,
            _(
                "Hello {customer}, we look forward to seeing you on {day} at {time}."
                " Should something come up, just tell me. {person}, {store}"
            ),
            _("Your appointment on {day} at {time}"),
            _(
                "Hello {customer},\n\nwe look forward to seeing you on {day} at {time}. Should something"
                " come up, just answer this message and we find another time.\n\n{person}\n{store}"
            ),
            DATED,
            source="A13",
        ),
        MessageKind(
            "drive_eve",
            _("Reminder of a test drive"),
            Purpose.SERVICE,
            _(
                "Hello {customer}, your test drive is on {day} at {time}."
                " Please bring your driving licence. {person}, {store}"
            ),
            _("Your test drive on {day} at {time}"),
            _(
                "Hello {customer},\n\nyour test drive is on {day} at {time}. Please bring your driving"
                " licence; the car stands ready.\n\n{person}\n{store}"
            ),
            DATED,
            source="A36",
        ),
        MessageKind(
            "invitation",
            _("Come and see"),
            Purpose.MARKETING,
            _(
                "Hello {customer}, the car you asked about stands in our showroom."
                " When would it suit you to come? {person}, {store}"
            ),
            _("The car you asked about is here"),
            _(
                "Hello {customer},\n\nthe car you asked about stands in our showroom. When would it suit"
                " you to come? I keep the time free for you.\n\n{person}\n{store}"
            ),
            source="CAD-10",
        ),
        MessageKind(
            "greeting",
            _("How are you"),
            Purpose.MARKETING,
            _(
                "Hello {customer}, this is {person} of {store}."
                " How are your plans for the car? I am here when you need me."
            ),
            _("How are your plans?"),
            _(
                "Hello {customer},\n\nhow are your plans for the car? If something has changed, or a"
                " question came up, just answer this message.\n\n{person}\n{store}"
            ),
        ),
        MessageKind(
            "birthday",
            _("Birthday greeting"),
            Purpose.MARKETING,
            _("Hello {customer}, all of us wish you a happy birthday. {person}, {store}"),
            _("Happy birthday"),
            _("Hello {customer},\n\nall of us wish you a happy birthday.\n\n{person}\n{store}"),
            source="CARD-11",
        ),
        MessageKind(
            "news",
            pgettext_lazy("message", "News"),
            Purpose.MARKETING,
            _(
                "Hello {customer}, there is something new at {store} that may interest you."
                " May I tell you more? {person}"
            ),
            _("News from {store}"),
            _(
                "Hello {customer},\n\nthere is something new here that may interest you. May I tell you"
                " more?\n\n{person}\n{store}"
            ),
        ),
        MessageKind(
            "promotion",
            pgettext_lazy("message", "Offer"),
            Purpose.MARKETING,
            _(
                "Hello {customer}, there is an offer on the car you looked at."
                " Shall I work it out for you? {person}, {store}"
            ),
            _("An offer on the car you looked at"),
            _(
                "Hello {customer},\n\nthere is an offer on the car you looked at. Shall I work it out for"
                " you?\n\n{person}\n{store}"
            ),
        ),
        MessageKind(
            "brochure",
            pgettext_lazy("message", "Brochure"),
            Purpose.MARKETING,
            _(
                "Hello {customer}, I have the brochure of the car you looked at."
                " Where may I send it? {person}, {store}"
            ),
            _("The brochure you may like"),
            _(
                "Hello {customer},\n\nI have the brochure of the car you looked at. Where may I send it?"
                "\n\n{person}\n{store}"
            ),
        ),
    ]
}
