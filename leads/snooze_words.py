"""Why a customer was put off, in the reader's language."""

from django.db import models
from django.utils.translation import pgettext_lazy


class SnoozeReason(models.TextChoices):
    """Why not now; who spoke with the customer logs that instead."""

    SERVING = "serving", pgettext_lazy("snoozed because", "With a customer")
    ANSWER = "answer", pgettext_lazy("snoozed because", "Waiting for an answer in the house")
    HOUR = "hour", pgettext_lazy("snoozed because", "Not an hour to call")
