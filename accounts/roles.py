"""The roles of WORDS.md, and the questions asked of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    CONSULTANT = "consultant", _("Consultant")
    SUPERVISOR = "supervisor", _("Supervisor")
    MANAGER = "manager", _("Sales manager")
    GENERAL_MANAGER = "general_manager", _("General manager")
    RECEPTIONIST = "receptionist", _("Receptionist")
    FINANCE = "finance", _("Finance clerk")
    CUSTOMER_SERVICE = "customer_service", _("Customer service")
    DATA_CLERK = "data_clerk", _("Data clerk")
    AFTER_SALES = "after_sales", _("After-sales")
    BDC_AGENT = "bdc_agent", _("Invitation agent")
    ADMIN = "admin", _("Administrator")


SELLING = (Role.CONSULTANT, Role.SUPERVISOR, Role.MANAGER, Role.BDC_AGENT)  # have a day of their own
RECEIVING = (Role.CONSULTANT, Role.SUPERVISOR, Role.MANAGER)  # may receive a visitor and own the lead
LOGGING = (*RECEIVING, Role.RECEPTIONIST)  # may write the walk-in register
RUNNING = (Role.MANAGER, Role.GENERAL_MANAGER, Role.ADMIN)  # see the night page
