"""The filter of the list of leads: all of it in the address, unknown values are passed over."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet, TextChoices, Value
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from accounts.models import Store, User
from accounts.prepared import Prepared
from accounts.roles import RECEIVING, Role
from accounts.rules import setting
from accounts.templatetags.look import grade_name

from .book import book
from .lists import of_grade, without_date
from .models import CarModel, Customer, Grade, Lead, LostRecord, OrganisationProfile
from .models.leads import Status
from .models.terms import in_reader_language
from .qualification import FITS, Prospect
from .steps import Step, step_label

ANY = "any"
DUE = [
    ("overdue", _("Overdue")),
    ("today", _("Today")),
    ("week", _("Next 7 days")),
    ("none", _("No next date")),
]
OWNERS = (*RECEIVING, Role.BDC_AGENT)
SEVERAL = ("grade",)  # fields of which several values may be asked for at once


class ContactPool(TextChoices):
    """Where customers to work on come from (SPEC DEV-04)."""

    OWNERS = "owners", _("Car owners")
    DRAWN = "drawn", _("Drawn by advertising or events")
    TIPPED = "tipped", _("Recommended")
    FAILED = "failed", _("Lost before")


DRAWN = ("website", "roadshow", "exhibition")
TIPPED = ("owner_referral", "staff_referral", "personal")


@dataclass(frozen=True)
class Option:
    value: str
    text: str
    chosen: bool


@Prepared
def _models_and_owners(*, store: int, group: int) -> QuerySet:
    models = CarModel.objects.filter(group=group, active=True)
    staff = User.objects.filter(
        memberships__store=store, memberships__ends_on=None, memberships__role__in=OWNERS
    )
    owners = staff.values_list(Value("owner"), "pk", "full_name", "full_name")
    return models.values_list(Value("model"), "pk", "name_en", "name_zh").union(owners)


class People:
    """Owners and car models of a store by id; read when somebody filters by one, in one statement."""

    def __init__(self, store: Store):
        self.store = store

    @cached_property
    def _rows(self) -> list[tuple]:
        return sorted(_models_and_owners(store=self.store.pk, group=self.store.group_id))

    def choices(self, which: str) -> list[tuple[str, str]]:
        return [(str(pk), in_reader_language(en, zh)) for kind, pk, en, zh in self._rows if kind == which]


class LeadFilter(django_filters.FilterSet):
    """Grade (several), step, owner, status, next date, channel, model, pool, prospect, kind and phase."""

    grade = django_filters.MultipleChoiceFilter(label=_("Grade"), method="of_grade")
    due = django_filters.ChoiceFilter(label=_("Next date"), method="of_due", choices=DUE)
    step = django_filters.ChoiceFilter(label=_("Step"), method="of_step")
    model = django_filters.ChoiceFilter(label=_("Model"), field_name="interests__car_model_id")
    channel = django_filters.ChoiceFilter(label=_("Channel"), field_name="channel__code")
    owner = django_filters.ChoiceFilter(label=_("Owner"), field_name="owner_id")
    pool = django_filters.ChoiceFilter(label=_("Where from"), method="of_pool", choices=ContactPool.choices)
    status = django_filters.ChoiceFilter(label=_("Status"), method="of_status")
    qualified = django_filters.ChoiceFilter(
        label=_("Prospect"), method="of_qualified", choices=Prospect.choices
    )
    kind = django_filters.ChoiceFilter(
        label=_("Person or organisation"), field_name="customer__kind", choices=Customer.Kind.choices
    )
    phase = django_filters.ChoiceFilter(
        label=_("Phase of the organisation"),
        method="of_phase",
        choices=OrganisationProfile.Phase.choices,
    )

    def __init__(
        self,
        data: QueryDict,
        leads: QuerySet,
        *,
        people: People,
        today: dt.date,
        by_owner: bool,
        active: bool,
    ):
        # Not by the library's own __init__ and form: copying eight filters and building a form of them
        # took longer than the database took to answer.
        self.data, self.queryset, self.is_bound = data, leads, True
        self.store, self.today, self.people, self.active = people.store, today, people, active
        left_out = () if by_owner else ("owner",)
        self.filters = {name: kept for name, kept in self.base_filters.items() if name not in left_out}

    @property
    def qs(self) -> QuerySet:
        """Visible leads that fit; active ones when the address names no status (and `active` says so)."""
        leads = self.queryset
        for name, values in self.chosen.items():
            leads = self._narrowed(leads, name, values)
        if self.active and "status" not in self.chosen and not self.only_lost:
            return leads.filter(status=Status.ACTIVE)
        return leads

    def _narrowed(self, leads: QuerySet, name: str, values: list[str]) -> QuerySet:
        kept = self.filters[name]
        if kept.method:
            return getattr(self, kept.method)(leads, name, values if name in SEVERAL else values[0])
        return leads.filter(**{kept.field_name: values[0]})

    @property
    def only_lost(self) -> bool:
        """Who was lost before is not active: that pool brings its own status."""
        return self.chosen.get("pool") == [ContactPool.FAILED]

    def of_grade(self, leads, _name, grades):
        if len(grades) == 1:
            return of_grade(leads, grades[0])  # in the order of its index, by next date
        return leads.filter(grade__in=grades)

    def of_step(self, leads, _name, code):
        return leads.filter(step=Step[code.upper()])

    def of_status(self, leads, _name, status):
        return leads if status == ANY else leads.filter(status=status)

    def of_phase(self, leads, _name, phase):
        return leads.filter(customer__kind=Customer.Kind.ORGANISATION, organisation__phase=phase)

    def of_qualified(self, leads, _name, prospect):
        return leads.filter(FITS[Prospect(prospect)])

    def of_pool(self, leads, _name, pool):
        if pool == ContactPool.OWNERS:
            return leads.filter(
                Exists(Lead.objects.filter(customer=OuterRef("customer_id"), step=Step.FOLLOW_UP))
            )
        if pool == ContactPool.DRAWN:
            return leads.filter(Q(media__isnull=False) | Q(channel__code__in=DRAWN))
        if pool == ContactPool.TIPPED:
            return leads.filter(Q(referrer__isnull=False) | Q(channel__code__in=TIPPED))
        return self._failed(leads)

    def _failed(self, leads):
        """Losses confirmed more than `win_back_after_days` ago."""
        days = dt.timedelta(days=setting(self.store, "win_back_after_days"))
        confirmed = LostRecord.objects.filter(
            lead=OuterRef("pk"),
            decision=LostRecord.Decision.CONFIRMED,
            decided_at__lt=self.store.start_of_day(self.today - days),
        )
        return leads.filter(Exists(confirmed), status=Status.LOST)

    def of_due(self, leads, _name, due):
        if due == "none":
            return without_date(leads)
        if due == "overdue":
            return leads.filter(next_due_on__lt=self.today)
        last = self.today + dt.timedelta(days=6 if due == "week" else 0)
        return leads.filter(next_due_on__range=(self.today, last))

    def _grades(self) -> list[tuple[str, str]]:
        used = [rule.code for rule in book(self.store).grade_rules()]
        return [(code, grade_name(code)) for code in (*used, Grade.NONE)]

    def _steps(self) -> list[tuple[str, str]]:
        labels = setting(self.store, "step_labels")
        return [(step.code, str(step_label(step, labels))) for step in Step]

    def _statuses(self) -> list[tuple[str, str]]:
        return [*Status.choices, (ANY, pgettext_lazy("status", "All"))]

    def _channels(self) -> list[tuple[str, str]]:
        return [(term.code, str(term)) for term in book(self.store).choices("channel")]

    @cached_property
    def chosen(self) -> dict[str, list[str]]:
        """The values in force by field, those of the address that are known."""
        given = {name: list(filter(None, self.data.getlist(name))) for name in self.filters}
        given = {name: values if name in SEVERAL else values[-1:] for name, values in given.items() if values}
        return {name: values for name, values in given.items() if {*values} <= {*dict(self._choices(name))}}

    def _choices(self, name: str) -> list[tuple[str, str]]:
        """What a field may be asked for: value and words."""
        if name in ("model", "owner"):
            return self.people.choices(name)
        read = {
            "grade": self._grades,
            "step": self._steps,
            "status": self._statuses,
            "channel": self._channels,
        }
        return read[name]() if name in read else self.base_filters[name].extra["choices"]

    def chips(self) -> list[tuple[str, str]]:
        """Field and words of each filter in force."""
        words = {name: [o.text for o in self.options(name) if o.chosen] for name in self.chosen}
        between = pgettext("between choices", ", ")
        chip = pgettext("filter and its values", "%(field)s: %(values)s")
        return [
            (name, chip % {"field": self.filters[name].label, "values": between.join(texts)})
            for name, texts in words.items()
        ]

    def options(self, name: str) -> list[Option]:
        """All choices of a field, for the filter sheet."""
        chosen = self.chosen.get(name, [])
        return [Option(value, str(text), value in chosen) for value, text in self._choices(name)]
