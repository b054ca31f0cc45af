"""Another grade profile, another cadence: what it does to the leads there are (SPEC GRD-13, CAD-03)."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Store, User
from accounts.rules import record_change, set_setting, setting
from leads.giving import LIVE
from leads.grades import NEIGHBOURS
from leads.log import record
from leads.machine import MONEY
from leads.models import Evidence, Grade, GradeRule, Lead
from leads.moves import lock_lead
from leads.profiles import PROFILES
from leads.protection import SETTLED, settle

from .redating import Effect, bring_in_line, effect
from .rework import hand_over, is_for_the_worker

MOST_TIMES, MOST_DAYS = 14, 180
AT_ONCE = 200  # leads of one transaction


@dataclass(frozen=True)
class Mapping:
    """So many open leads change from a letter to another."""

    before: str
    after: str
    count: int


class Profile:
    """The rules of one profile of a store, and the letter that a lead gets in it."""

    def __init__(self, store: Store, name: str):
        rules = GradeRule.objects.filter(store=store, profile=name, scale=GradeRule.Scale.INDIVIDUAL)
        self.rules = {rule.code: rule for rule in rules.order_by("rank")}

    @property
    def intervals(self) -> dict[str, int]:
        return {code: rule.interval_days for code, rule in self.rules.items() if rule.interval_days}

    def letter(self, grade: str, *, has_money: bool) -> str:
        """The same horizon in this profile; O stays O with money behind it, or where O has a horizon."""
        if grade not in NEIGHBOURS and grade not in self.rules:
            return grade  # none
        fits = grade in self.rules and (grade != Grade.O or has_money or self._o_is_a_horizon)
        return grade if fits else NEIGHBOURS.get(grade, grade)

    @property
    def _o_is_a_horizon(self) -> bool:
        return self.rules[Grade.O].horizon_from is not None


def _open_leads(store: Store):
    """Open leads of persons with their grades; organisations have a scale of their own (SPEC GRD-17)."""
    return _graded(Lead.objects.filter(store=store).values("pk"))


def _graded(ids):
    leads = Lead.objects.filter(pk__in=ids, status__in=LIVE, customer__kind="person")
    return leads.exclude(grade=Grade.NONE)


def _with_money(store: Store) -> set[int]:
    paid = Evidence.objects.filter(lead__store=store, lead__status__in=LIVE, kind__in=MONEY, revoked_at=None)
    return set(paid.values_list("lead_id", flat=True))


def _changes(store: Store, profile: Profile) -> dict[int, tuple[str, str]]:
    """Lead -> letter before and after, where they differ; in the order of their keys."""
    paid = _with_money(store)
    rows = _open_leads(store).order_by("pk").values_list("pk", "grade")
    letters = {pk: (grade, profile.letter(grade, has_money=pk in paid)) for pk, grade in rows}
    return {pk: pair for pk, pair in letters.items() if pair[0] != pair[1]}


def preview_switch(store: Store, name: str, *, today: dt.date) -> tuple[list[Mapping], Effect]:
    """What a switch does: letters that change, and next dates that come earlier; nothing written."""
    profile = Profile(store, name)
    counted = Counter(_changes(store, profile).values())
    return [Mapping(*pair, count) for pair, count in sorted(counted.items())], effect(
        store, profile.intervals, today=today
    )


def switch_profile(store: Store, name: str, *, by: User, at: dt.datetime) -> int | None:
    """Work with another profile from now on: letters mapped, one event per lead, dates by CAD-11.

    Answers how many leads got another letter; None in a big store, where the worker maps them. History
    stays as it was written. May be run again after an interruption: what is mapped already is left alone.
    """
    if name not in PROFILES:
        raise Refused(_("Choose one of the three profiles."), field="profile")
    if is_for_the_worker(store):
        with transaction.atomic():
            set_setting(store, "grade_profile", name, by=by, at=at)
            hand_over(store, at=at, profile=name, by=by)
        return None
    set_setting(store, "grade_profile", name, by=by, at=at)
    profile, changed = Profile(store, name), 0
    ids = list(_changes(store, profile))
    for start in range(0, len(ids), AT_ONCE):
        changed += remap(ids[start : start + AT_ONCE], profile, name, by=by, at=at)
    return changed


@transaction.atomic
def remap(ids: list[int], profile: Profile, name: str, *, by: User, at: dt.datetime) -> int:
    """Give these leads their letter in a profile; answers how many it was another for."""
    ids = list(_graded(ids).order_by("pk").values_list("pk", flat=True))
    paid = set(
        Evidence.objects.filter(lead__in=ids, kind__in=MONEY, revoked_at=None).values_list(
            "lead_id", flat=True
        )
    )
    changed = 0
    for pk in ids:
        lead = lock_lead(pk)
        before, after = lead.grade, profile.letter(lead.grade, has_money=pk in paid)
        if before == after:
            continue
        lead.grade = after
        lead.suggested_grade = profile.letter(lead.suggested_grade, has_money=pk in paid)
        settle(lead)
        lead.version += 1
        lead.save(update_fields=["grade", "suggested_grade", "version", *SETTLED])
        record(
            lead,
            "grade",
            at=at,
            recorded_at=at,
            by=by,
            from_value=before,
            to_value=after,
            reason="profile",
            data={"profile": name},
        )
        changed += 1
    return changed


# --- the cadence of a profile --------------------------------------------------------------


def interval_of(times: int, period: int) -> int:
    """Days between two contacts; Refused for more than once a day, or numbers out of range."""
    if not (1 <= times <= MOST_TIMES and 1 <= period <= MOST_DAYS) or period // times < 1:
        raise Refused(_("At most once a day: write 1 to 14 times in 1 to 180 days."))
    return period // times


def set_cadence(
    store: Store, name: str, wanted: dict[str, tuple[int, int]], *, by: User, at: dt.datetime
) -> list[str]:
    """Give grades of a profile another cadence (times, days); answers the letters that changed.

    Under the profile in force next dates come earlier at once where the new cadence asks for it.
    """
    profile, changed = Profile(store, name), []
    with transaction.atomic():
        for code, (times, period) in wanted.items():
            rule = profile.rules[code]
            old = (rule.times, rule.period_days)
            if (times, period) == old:
                continue
            rule.interval_days = interval_of(times, period)
            rule.times, rule.period_days, rule.store = times, period, store
            rule.save()
            record_change(store, f"cadence:{name}:{code}", list(old), [times, period], by=by, at=at)
            changed.append(code)
    if changed and setting(store, "grade_profile") == name:
        bring_in_line(store, at=at)
    return changed
