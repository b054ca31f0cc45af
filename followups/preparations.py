"""What belongs into the bag and into the head before a visit to a customer (SPEC DEV-08, DEV-10)."""

from django.utils.translation import gettext_lazy as _

from .models import Task

PAPERS = {
    "business_card": _("Business card"),
    "product": _("Product material"),
    "company": _("Company profile"),
    "costs": _("Cost of use and maintenance sheet"),
    "fees": _("Registration and insurance fee sheet"),
}
STEPS = {
    "plan": _("Visit plan"),
    "call": _("Appointment made by telephone"),
    "analysis": _("Data analysed, script ready"),
    "material": _("Material prepared"),
    "tools": _("Tools checked"),
}
PREPARATIONS = {**STEPS, **PAPERS}


def missing(task: Task) -> list[str]:
    """Names of what is not ticked yet."""
    ticked = task.why_args.get("ready", ())
    return [str(words) for code, words in PREPARATIONS.items() if code not in ticked]


def is_ready(task: Task) -> bool:
    """Whether everything is ticked."""
    return not missing(task)
