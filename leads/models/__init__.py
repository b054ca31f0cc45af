from .customers import Consent, ContactPoint, Customer, CustomerLink, NameKey
from .imports import Import, ImportRow
from .leads import LapseProposal, Lead, LeadModel
from .log import Evidence, LeadEvent
from .terms import CarModel, Grade, GradeRule, Term

__all__ = [
    "CarModel",
    "Consent",
    "ContactPoint",
    "Customer",
    "CustomerLink",
    "Evidence",
    "Grade",
    "GradeRule",
    "Import",
    "ImportRow",
    "LapseProposal",
    "Lead",
    "LeadEvent",
    "LeadModel",
    "NameKey",
    "Term",
]
