"""The outcome chips of a contact (SPEC A03): what was said, and whether the customer was reached."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    LOOKING = "looking", _("Still looking")
    COMPARING = "comparing", _("Comparing")
    COMING = "coming", _("Coming in")
    PRICE = "price", _("Talks price")
    FAMILY = "family", _("Asks the family")
    NOT_NOW = "not_now", _("Not now")
    NO_ANSWER = "no_answer", _("No answer")
    WRONG_NUMBER = "wrong_number", _("Wrong number")
    BOUGHT = "bought", _("Bought elsewhere")
    STOP = "stop", _("Asked to stop")
    ABSENT = "absent", _("Not there")
    BUSY = "busy", _("No time")
    SENT = "sent", _("Message sent")  # nobody answered yet: neither contact nor attempt (SPEC A64)


TALKED = (
    Outcome.LOOKING,
    Outcome.COMPARING,
    Outcome.COMING,
    Outcome.PRICE,
    Outcome.FAMILY,
    Outcome.NOT_NOW,
)
NOT_TALKED = (Outcome.NO_ANSWER, Outcome.WRONG_NUMBER, Outcome.BOUGHT, Outcome.STOP)
# Who went to the customer and did not meet him (SPEC DEV-11).
NOT_MET = (Outcome.ABSENT, Outcome.BUSY)
# Bought and "stop" were said by the customer himself: he was reached.
REACHED = frozenset({*TALKED, Outcome.BOUGHT, Outcome.STOP})
