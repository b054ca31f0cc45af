from .drives import LIVE_BOOKINGS, AgreementText, Booking, DemoCar, Drive, DrivePaper
from .needs import Companion, Concession, NeedsReport, Objection, PriceTalk, Recommendation, Walkaround
from .playbook import PlaybookPage, PlaybookText, TrainingRecord
from .registers import COUNTED_KINDS, Call, Visit
from .rota import CallMessage, Line, Pull, RotaDay, RotaEntry, SignIn

__all__ = [
    "COUNTED_KINDS",
    "LIVE_BOOKINGS",
    "AgreementText",
    "Booking",
    "Call",
    "CallMessage",
    "Companion",
    "Concession",
    "DemoCar",
    "Drive",
    "DrivePaper",
    "Line",
    "NeedsReport",
    "Objection",
    "PlaybookPage",
    "PlaybookText",
    "PriceTalk",
    "Pull",
    "Recommendation",
    "RotaDay",
    "RotaEntry",
    "SignIn",
    "TrainingRecord",
    "Visit",
    "Walkaround",
]
