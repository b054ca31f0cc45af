"""E-mail by Django's own backends: EMAIL_URL names the server."""

import hashlib
from email.utils import parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage

from .backends import SendFailed, is_set_up


def send_mail(to: str, subject: str, text: str, *, key: str) -> None:
    """One e-mail; its Message-ID comes of the key, so that a repeat is known as the same letter."""
    if not is_set_up("email"):
        raise SendFailed("no_backend", final=True)
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    number = hashlib.sha256(key.encode()).hexdigest()[:32]
    letter = EmailMessage(subject, text, to=[to], headers={"Message-ID": f"<{number}@{host}>"})
    try:
        letter.send()
    except TimeoutError:
        raise SendFailed("timeout") from None
    except SMTPRecipientsRefused:
        raise SendFailed("rejected", final=True) from None
    except (SMTPException, OSError):
        raise SendFailed("unreachable") from None
