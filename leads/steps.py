"""The nine steps: numbers for the rules, code words for URLs and exports, two label sets."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Step(models.IntegerChoices):
    PROSPECTING = 1, _("Prospecting")
    RECEPTION = 2, _("Reception")
    NEEDS = 3, _("Needs analysis")
    WALKAROUND = 4, _("Walkaround")
    TEST_DRIVE = 5, _("Test drive")
    NEGOTIATION = 6, _("Negotiation")
    DEAL = 7, _("Deal")
    DELIVERY = 8, _("Delivery")
    FOLLOW_UP = 9, _("Follow-up after delivery")

    @property
    def code(self) -> str:
        return self.name.lower()


CLASSIC_LABELS = {
    Step.PROSPECTING: pgettext_lazy("classic step", "Prospecting"),
    Step.RECEPTION: pgettext_lazy("classic step", "Reception"),
    Step.NEEDS: pgettext_lazy("classic step", "Needs analysis"),
    Step.WALKAROUND: pgettext_lazy("classic step", "Walkaround"),
    Step.TEST_DRIVE: pgettext_lazy("classic step", "Test drive"),
    Step.NEGOTIATION: pgettext_lazy("classic step", "Negotiation"),
    Step.DEAL: pgettext_lazy("classic step", "Deal"),
    Step.DELIVERY: pgettext_lazy("classic step", "Delivery"),
    Step.FOLLOW_UP: pgettext_lazy("classic step", "Follow-up after delivery"),
}


def step_label(step: int, label_set: str = "trade"):
    """The step's name in the store's set of labels (SPEC A51)."""
    return CLASSIC_LABELS[Step(step)] if label_set == "classic" else Step(step).label
