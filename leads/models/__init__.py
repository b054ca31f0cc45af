from .customers import Consent, ContactPoint, Customer, CustomerLink, NameKey
from .ends import LostRecord, Merge
from .imports import Import, ImportRow, Upload
from .leads import LapseProposal, Lead, LeadModel
from .log import Evidence, LeadEvent
from .organisations import OrganisationProfile
from .people import Collaborator, Credit, Dispute, ReferralReward
from .records import FieldChange, MakerRecord, SavedView
from .terms import CarModel, Grade, GradeRule, Term

__all__ = [
    "CarModel",
    "Collaborator",
    "Consent",
    "ContactPoint",
    "Credit",
    "Customer",
    "CustomerLink",
    "Dispute",
    "Evidence",
    "FieldChange",
    "Grade",
    "GradeRule",
    "Import",
    "ImportRow",
    "LapseProposal",
    "Lead",
    "LeadEvent",
    "LeadModel",
    "LostRecord",
    "MakerRecord",
    "Merge",
    "NameKey",
    "OrganisationProfile",
    "ReferralReward",
    "SavedView",
    "Term",
    "Upload",
]
