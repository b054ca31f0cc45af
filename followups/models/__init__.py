from .messages import (
    CalendarFeed,
    Channel,
    Notice,
    Outbox,
    SendingPause,
    StaffChannel,
    Suspicion,
    Template,
)
from .night import Heartbeat, NightlyRun, Parked, Rework
from .work import Appointment, Contact, EveningDuty, Task

__all__ = [
    "Appointment",
    "CalendarFeed",
    "Channel",
    "Contact",
    "EveningDuty",
    "Heartbeat",
    "NightlyRun",
    "Notice",
    "Outbox",
    "Parked",
    "Rework",
    "SendingPause",
    "StaffChannel",
    "Suspicion",
    "Task",
    "Template",
]
