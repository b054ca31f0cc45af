"""Everything that apprise knows how to reach: an optional extra, imported when the first message leaves."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from . import SendFailed

MISSING = "apprise is not installed: pip install -r requirements-notify.txt"


def notify(url: str, *, subject: str, text: str) -> None:
    """One message by an apprise URL. SendFailed: refused or not reached; the URL is never told."""
    if not _apprise().Apprise.instantiate(url):
        raise SendFailed("rejected", final=True)
    sending = _apprise().Apprise()
    sending.add(url)
    if not sending.notify(body=text, title=subject):
        raise SendFailed("unreachable")


def is_known(url: str) -> bool:
    """Whether apprise can read a URL. ImproperlyConfigured: it is not installed."""
    return bool(_apprise().Apprise.instantiate(url))


def _apprise():
    try:
        import apprise
    except ImportError:
        raise ImproperlyConfigured(MISSING) from None
    return apprise


class AppriseBackend:
    """SMS_APPRISE_URL with {to} where the number stands, such as clicksend://user:password@{to}."""

    def __init__(self):
        self.url = settings.SMS_APPRISE_URL
        if "{to}" not in self.url:
            raise ImproperlyConfigured("SMS_APPRISE_URL must be an apprise URL with {to} in it.")
        _apprise()

    def send(self, to: str, text: str, *, key: str) -> None:
        notify(self.url.replace("{to}", to), subject="", text=text)
