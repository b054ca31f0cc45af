"""By what a message leaves the house: a dotted path per server, as Django has for e-mail (DEPENDENCIES)."""

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from followups.models import Channel


class SendFailed(Exception):
    """A message did not go out; `code` is one of REASONS, `final` = trying again changes nothing.

    It never holds an address, a number or a word of the message: it may stand in a log.
    """

    def __init__(self, code: str, *, final: bool = False):
        super().__init__(code)
        self.code = code
        self.final = final


class SmsBackend(Protocol):
    """What the class that SMS_BACKEND names has to be; made anew for each run of the outbox."""

    def send(self, to: str, text: str, *, key: str) -> None:
        """Hand a text message to a service, within settings.SEND_TIMEOUT seconds.

        `to` is E.164, `key` the same for every try of one message. SendFailed: it did not go out.
        """


def sms_backend() -> SmsBackend:
    """SendFailed: none is set up. ImproperlyConfigured: what it needs is missing."""
    if not settings.SMS_BACKEND:
        raise SendFailed("no_backend", final=True)
    return import_string(settings.SMS_BACKEND)()


def is_set_up(channel: str) -> bool:
    """Whether this server sends by a channel at all."""
    return bool(
        {Channel.SMS: settings.SMS_BACKEND, Channel.EMAIL: settings.EMAIL_URL}.get(Channel(channel), True)
    )
