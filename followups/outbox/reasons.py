"""Why a message was not queued, was called off or failed: the codes of `Outbox.reason` in words."""

from django.utils.translation import gettext_lazy as _

from accounts.errors import Refused

from .reach import OBJECTIONS

REASONS = {
    **OBJECTIONS,
    "not_active": _("The lead is not active any more."),
    "no_phone": _("There is no mobile number on record."),
    "no_email": _("There is no e-mail address on record."),
    "point_ended": _("The number or address is not theirs any more."),
    "no_rights": _("Who signed it does not work on this customer any more."),
    "too_many": _("The customer got the most messages of one day already."),
    "too_many_offers": _("The customer got an offer today already."),
    "channel_ended": _("The channel was ended."),
    "task_closed": _("What it was for is done."),
    "called_off": _("Called off by hand."),
    "no_backend": _("Sending is not set up on this server."),
    "timeout": _("The service did not answer in time."),
    "unreachable": _("The service could not be reached."),
    "rejected": _("The service refused it."),
    "interrupted": _("It was interrupted three times."),
}


class CannotSend(Refused):
    """A message that may not go out; `code` is one of REASONS."""

    def __init__(self, code: str, *, field: str | None = None):
        super().__init__(str(REASONS[code]), field=field)
        self.code = code
