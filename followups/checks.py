"""A way out for messages that cannot work is told at the start, not by the first customer who gets none."""

from django.conf import settings
from django.core.checks import Error, register
from django.core.exceptions import ImproperlyConfigured

HINT = "README, chapter Messages."


@register()
def the_way_out_works(app_configs, **kwargs) -> list[Error]:
    """An error when SMS_BACKEND names no class, or what that class needs is missing."""
    from .outbox.backends import sms_backend

    if not settings.SMS_BACKEND:
        return []
    try:
        sms_backend()
    except ImportError:
        return [Error("SMS_BACKEND names no class that can be imported.", hint=HINT, id="followups.E001")]
    except ImproperlyConfigured as error:
        return [Error(str(error), hint=HINT, id="followups.E001")]
    return []
