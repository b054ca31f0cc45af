"""Text messages by a gateway that takes JSON: POST {"to", "text", "key"} with a bearer token."""

import json
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from . import SendFailed

TRY_AGAIN = (408, 425, 429)  # of the 4xx; every 5xx is tried again too


class NoRedirect(HTTPRedirectHandler):
    """A gateway answers itself: numbers are not carried to where it points."""

    def redirect_request(self, *_args):
        return None


class HttpBackend:
    """SMS_HTTP_URL and SMS_HTTP_TOKEN name the gateway; any 2xx is a yes.

    The key goes along as Idempotency-Key too: a gateway that knows it sends a repeat only once.
    """

    def __init__(self):
        self.url = settings.SMS_HTTP_URL
        if not self.url.startswith(("https://", "http://")):
            raise ImproperlyConfigured("SMS_HTTP_URL must be the http(s) address of the gateway.")
        self.open = build_opener(NoRedirect).open

    def send(self, to: str, text: str, *, key: str) -> None:
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key}
        if settings.SMS_HTTP_TOKEN:
            headers["Authorization"] = f"Bearer {settings.SMS_HTTP_TOKEN}"
        body = json.dumps({"to": to, "text": text, "key": key}).encode()
        request = Request(self.url, data=body, headers=headers, method="POST")
        try:
            with self.open(request, timeout=settings.SEND_TIMEOUT):
                pass
        except HTTPError as error:
            with error:
                raise _answered(error.code) from None
        except TimeoutError:
            raise SendFailed("timeout") from None
        except URLError as error:
            raise SendFailed("timeout" if isinstance(error.reason, TimeoutError) else "unreachable") from None
        except OSError:
            raise SendFailed("unreachable") from None


def _answered(status: int) -> SendFailed:
    if status >= 500 or status in TRY_AGAIN:
        return SendFailed("unreachable")
    return SendFailed("rejected", final=True)
