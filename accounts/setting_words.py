"""What the settings page says about each declared setting: its group, its unit, what a change does."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from .store_settings import DECLARED, MAX_DAYS, Declared


class SettingGroup(StrEnum):
    GRADES = "grades"
    OWNERSHIP = "ownership"
    FOLLOW_UP = "follow-up"
    MESSAGES = "messages"
    FLOOR = "floor"
    REPORTS = "reports"
    DEVICES = "devices"
    OTHER = "other"


GROUP_NAMES = {
    SettingGroup.GRADES: _("Grades and steps"),
    SettingGroup.OWNERSHIP: _("Ownership and pool"),
    SettingGroup.FOLLOW_UP: _("Follow-up"),
    SettingGroup.MESSAGES: _("Messages"),
    SettingGroup.FLOOR: _("Registers and appointments"),
    SettingGroup.REPORTS: _("Reports and losses"),
    SettingGroup.DEVICES: _("Devices"),
    SettingGroup.OTHER: _("Other rules"),
}


def _days(n: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}


def _hours(n: int) -> str:
    return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": n}


def _minutes(n: int) -> str:
    return ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": n}


def _seconds(n: int) -> str:
    return ngettext("%(n)s second", "%(n)s seconds", n) % {"n": n}


def _months(n: int) -> str:
    return ngettext("%(n)s month", "%(n)s months", n) % {"n": n}


def _cars(n: int) -> str:
    return ngettext("%(n)s car", "%(n)s cars", n) % {"n": n}


def _times(n: int) -> str:
    return ngettext("%(n)s time", "%(n)s times", n) % {"n": n}


def _messages(n: int) -> str:
    return ngettext("%(n)s message", "%(n)s messages", n) % {"n": n}


def _customers(n: int) -> str:
    return ngettext("%(n)s customer", "%(n)s customers", n) % {"n": n}


@dataclass(frozen=True)
class Words:
    """`unit` writes a number with its unit; `choices` names the codes of a choice."""

    group: SettingGroup
    help: object = ""
    unit: Callable[[int], str] | None = None
    choices: tuple = ()


G = SettingGroup
WORDS = {
    "grade_profile": Words(
        G.GRADES,
        _("Which letters the store works with. Change it under grades and cadence: a preview comes first."),
        choices=(
            ("default", pgettext_lazy("grade profile", "O H A B C")),
            ("detailed", pgettext_lazy("grade profile", "Detailed, with A+ and B+")),
            ("classic", pgettext_lazy("grade profile", "Training book, O A B C")),
        ),
    ),
    "step_labels": Words(
        G.GRADES,
        _("The Chinese names of the nine steps: the trade's words, or those of the training books."),
        choices=(
            ("trade", pgettext_lazy("step labels", "Trade")),
            ("classic", pgettext_lazy("step labels", "Training books")),
        ),
    ),
    "strict_none": Words(
        G.GRADES, _("On: a customer without a model gets no grade. Off: grade C, marked “model missing”.")
    ),
    "organisation_short_months": Words(
        G.GRADES, _("An organisation that buys within so many months has a short cycle: A or B."), _months
    ),
    "organisation_large_batch": Words(
        G.GRADES, _("So many cars at once are a large purchase of an organisation: A or C."), _cars
    ),
    "organisation_a_days": Words(
        G.FOLLOW_UP,
        _("Nobody spoke to an organisation of grade A for so long: a task reminds the owner."),
        _days,
    ),
    "organisation_days": Words(
        G.FOLLOW_UP,
        _("The same for an organisation of grade B or C. Organisations have no fixed rhythm."),
        _days,
    ),
    "behaviour_types": Words(
        G.OTHER,
        _("On: the card keeps how a customer talks and what to do; never on shared tablets or in exports."),
    ),
    "core_evidence": Words(
        G.GRADES, _("On: a core step is left only with its evidence. Off: a reason is enough.")
    ),
    **{
        f"max_days_{step}": Words(
            G.GRADES, _("Longer there, a customer stands in the list “stuck in step”; 0 means never."), _days
        )
        for step, _most, _label in MAX_DAYS
    },
    "ownership_rule": Words(
        G.OWNERSHIP,
        _("When a lead that nobody calls is no longer its owner's. All dates are counted anew at once."),
        choices=(
            ("cadence_plus_7", pgettext_lazy("ownership rule", "Next date plus the days of protection")),
            ("strict_7", pgettext_lazy("ownership rule", "Last contact plus the days of protection")),
            ("off", pgettext_lazy("ownership rule", "Never")),
        ),
    ),
    "lapse_mode": Words(
        G.OWNERSHIP,
        _("A proposal waits for the manager's answer; automatic gives the lead to the pool that night."),
        choices=(
            ("propose", pgettext_lazy("when protection ends", "Propose to the manager")),
            ("automatic", pgettext_lazy("when protection ends", "Into the pool by itself")),
        ),
    ),
    "protection_days": Words(
        G.OWNERSHIP,
        _("So long a lead stays its owner's after the last sign of work. Every date is counted anew."),
        _days,
    ),
    "maker_field_order": Words(
        G.FLOOR, _("The card is copied in this order; a name that is left out is not copied.")
    ),
    "card_needs_phone": Words(
        G.FLOOR, _("Off: a name with an e-mail address or WeChat is a card too. Elsewhere any one is enough.")
    ),
    "pool_take": Words(
        G.OWNERSHIP, _("Off: only the manager gives leads out of the pool."),
    ),
    "dcc_mode": Words(
        G.OWNERSHIP,
        _("Whether invitation agents, consultants or both call the leads that came by form or phone."),
        choices=(
            ("separate", pgettext_lazy("who works new leads", "Invitation agents")),
            ("consultants", pgettext_lazy("who works new leads", "Consultants")),
            ("mixed", pgettext_lazy("who works new leads", "Both")),
        ),
    ),
    "group_shares": Words(
        G.OWNERSHIP, _("On: a number known in another store of the group shows the name there.")
    ),
    "phone_only_lapse": Words(
        G.OWNERSHIP,
        _("A caller who did not come within the days of protection: free for anybody, or invalid."),
        choices=(
            ("protect_ends", pgettext_lazy("who called and never came", "Protection ends")),
            ("void", pgettext_lazy("who called and never came", "Invalid lead")),
        ),
    ),
    "win_back_after_days": Words(
        G.REPORTS, _("So long after a confirmed loss the customer stands in the list to win back."), _days
    ),
    "ladder_first_minutes": Words(
        G.FOLLOW_UP, _("From the arrival of a new enquiry, counted in opening hours."), _minutes
    ),
    "ladder_second_minutes": Words(
        G.FOLLOW_UP, _("Nobody answered the first call: so long until the second one."), _minutes
    ),
    "ladder_fourth_days": Words(G.FOLLOW_UP, _("Still nobody: counted from the arrival."), _days),
    "ladder_fifth_days": Words(G.FOLLOW_UP, _("The last planned call, counted from the arrival."), _days),
    "referral_reward": Words(
        G.OWNERSHIP, _("Proposed when a referral is rewarded; 0 proposes nothing. Other sums are marked.")
    ),
    "invite_needs_relation": Words(
        G.FOLLOW_UP, _("Off: a hint on the log sheet. On: who was never talked to cannot be invited.")
    ),
    "snoozes_at_most": Words(
        G.FOLLOW_UP, _("Counted since the last talk or visit; then somebody has to call."), _times
    ),
    "suspicious_burst": Words(
        G.FOLLOW_UP, _("The person is asked first. The hour of an entry is never a reason.")
    ),
    "suspicious_burst_minutes": Words(
        G.FOLLOW_UP, _("Between the first and the last of these contacts."), _minutes
    ),
    "suspicious_unreached": Words(G.FOLLOW_UP, _("On one day, and nobody was reached.")),
    "suspicious_back_dated": Words(
        G.FOLLOW_UP, _("On one day; what is entered on its own day is normal at any hour.")
    ),
    "suspicions_after_days": Words(
        G.FOLLOW_UP, _("From the store's first night. Until then only the person sees the question."), _days
    ),
    "quiet_from": Words(
        G.MESSAGES, _("From this hour on a message waits until the morning. Due times do not move.")
    ),
    "quiet_until": Words(G.MESSAGES, _("What waited in the night goes out from this hour on.")),
    "messages_per_day": Words(
        G.MESSAGES, _("Text messages and e-mails of every kind together; more are refused."), _messages
    ),
    "marketing_per_day": Words(
        G.MESSAGES, _("News, offers, invitations and greetings. One more by hand asks first."), _messages
    ),
    "thank_you_by": Words(
        G.MESSAGES,
        _("Within five minutes of leaving, to whoever left without a deal."),
        choices=(
            ("hand", pgettext_lazy("who sends the thank-you", "The consultant, from the own phone")),
            ("sms", pgettext_lazy("who sends the thank-you", "The system, as a text message")),
            ("email", pgettext_lazy("who sends the thank-you", "The system, as an e-mail")),
        ),
    ),
    "evening_duty_from": Words(
        G.FOLLOW_UP, _("Planned calls due from this hour on stand on the list of who has evening duty.")
    ),
    "catch_up_per_day": Words(
        G.FOLLOW_UP,
        _("After an import or a long closing each person gets so many of the piled-up customers a day."),
        _customers,
    ),
    "catch_up_after_closing_days": Words(
        G.FOLLOW_UP, _("So many closing days in a row spread what fell due on them over later days."), _days
    ),
    "follow_up_hours": Words(
        G.FOLLOW_UP, _("The first call after a visit without a deal, counted from leaving."), _hours
    ),
    "thank_you_minutes": Words(
        G.FOLLOW_UP,
        _("From leaving, or the end of a call, of everybody without a deal. Only a message closes it."),
        _minutes,
    ),
    "quiet_days": Words(
        G.FOLLOW_UP,
        _("So long after a talk or visit nobody is reminded to plan the next step; O and H apart."),
        _days,
    ),
    "stale_card_days": Words(
        G.FOLLOW_UP, _("Nobody touched the card for so long: the next contact says so."), _days
    ),
    "birthday_at": Words(G.FOLLOW_UP, _("On the birthday, for customers who may be written to.")),
    "top_up_hours": Words(
        G.FOLLOW_UP, _("From the receipt of a part of the deposit, day and night."), _hours
    ),
    "deposit_hold_days": Words(
        G.FOLLOW_UP, _("After them the manager decides about the deposit and the car."), _days
    ),
    "week_call_days": Words(
        G.FOLLOW_UP, _("Does the car run well, is any service needed? Counted from the hand-over."), _days
    ),
    "attempt_days": Words(G.FOLLOW_UP, _("Nobody answered: the next try is so many days later."), _days),
    "supervisor_after_days": Words(
        G.FOLLOW_UP,
        _("First follow-ups, call-backs and next dates of O, H and A that are so late go to the supervisor."),
        _days,
    ),
    "escalate_after_days": Words(
        G.FOLLOW_UP, _("A task so late is shown to the manager as escalated."), _days
    ),
    "enquiry_supervisor_minutes": Words(
        G.FOLLOW_UP,
        _("Opening time after the first call of a new enquiry was due and nobody has tried."),
        _minutes,
    ),
    "enquiry_manager_minutes": Words(
        G.FOLLOW_UP, _("The same, for the sales manager."), _minutes
    ),
    "appointment_asks_after_minutes": Words(
        G.FLOOR, _("So long after the agreed hour My day asks whether the customer came."), _minutes
    ),
    "look_freely_minutes": Words(
        G.FLOOR, _("After the greeting; then Showroom now and My day remind the receiver."), _minutes
    ),
    "rota_rule": Words(
        G.FLOOR,
        _("Binding: once confirmed, a first visitor goes to whoever is next, unless a manager decides."),
        choices=(
            ("binding", pgettext_lazy("up list", "Binding once confirmed")),
            ("suggestion", pgettext_lazy("up list", "A suggestion")),
            ("off", pgettext_lazy("up list", "Off")),
        ),
    ),
    "phone_mode": Words(
        G.FLOOR,
        _("Who asks for nobody goes to the next for calls, to the next for walk-ins, or to the phone duty."),
        choices=(
            ("separate", pgettext_lazy("who takes a call", "A turn of its own")),
            ("shared", pgettext_lazy("who takes a call", "The same turn as walk-ins")),
            ("duty", pgettext_lazy("who takes a call", "The phone duty of the day")),
        ),
    ),
    "call_back_minutes": Words(
        G.FLOOR, _("Who left a message is called back within so much opening time."), _minutes
    ),
    "ring_limit_seconds": Words(
        G.FLOOR, _("Not answered for so long, the call sheet takes a message."), _seconds
    ),
    "daily_report_due": Words(
        G.REPORTS, _("A report handed in later is marked late. It is kept all the same.")
    ),
    "daily_report_lock": Words(
        G.REPORTS,
        _("On: from that hour of the next day on a report is refused. Off: it is kept, marked late.")
    ),
    "daily_report_locks_at": Words(
        G.REPORTS, _("The hour of the next day, when the rule above is on.")
    ),
    "funnel_eight_steps": Words(
        G.REPORTS,
        _("On: negotiation and deal are one row of the funnel, as in training books of eight steps.")
    ),
    "drive_minutes": Words(
        G.FLOOR, _("How long a demo car is booked for, when nobody says otherwise."), _minutes
    ),
    "valid_drive_minutes": Words(
        G.FLOOR,
        _("A drive counts as valid when it was signed, lasted so long at the wheel and has feedback."),
        _minutes,
    ),
    "drive_papers_days": Words(
        G.FLOOR, _("Pictures of licences and signatures are deleted after so many days."), _days
    ),
    "digest_minutes": Words(
        G.FOLLOW_UP,
        _("What the day brings is told once to everybody at work; -30 is half an hour before opening."),
        _minutes,
    ),
    "members_asked_at": Words(
        G.REPORTS, _("Each supervisor reads how the day of every member stands, and asks.")
    ),
    "teams_asked_at": Words(G.REPORTS, _("The sales manager reads how the day of every team stands.")),
    "notices_name_customers": Words(
        G.FOLLOW_UP, _("Off: notices and staff messages carry a lead number. On: also the customer's name.")
    ),
    "tablet_lock_minutes": Words(
        G.DEVICES,
        _("Untouched for so long, a shared tablet goes back to the names; what was typed is kept."),
        _minutes,
    ),
}  # fmt: skip


def words_of(key: str) -> Words:
    return WORDS.get(key, Words(SettingGroup.OTHER))


def shown_value(declared: Declared, value: object) -> str:
    """A value as people read it: On, "7 days", the name of a choice."""
    words = words_of(declared.key)
    if isinstance(value, bool):
        return gettext("On") if value else gettext("Off")
    if declared.choices:
        return str(dict(words.choices).get(value, value))
    if isinstance(value, int) and words.unit:
        return words.unit(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


def grouped() -> dict[SettingGroup, list[Declared]]:
    """Every declared setting under its group, groups and settings in their order; empty groups left out."""
    found = {group: [] for group in SettingGroup}
    for declared in DECLARED.values():
        found[words_of(declared.key).group].append(declared)
    return {group: rows for group, rows in found.items() if rows}
