"""Who works here: groups, stores and their settings, people, roles, numbers and drafts."""

import datetime as dt
import uuid
from functools import cached_property
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .prepared import Prepared
from .roles import Role

DAY = dt.timedelta(days=1)


def new_stamp() -> str:
    return uuid.uuid4().hex


class Group(models.Model):
    """Stores under one owner; identity of customers belongs here (MODEL choice 2)."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)

    def __str__(self):
        return self.name


class Store(models.Model):
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="stores")
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=10, default="zh-hans")
    is_demo = models.BooleanField(default=False)
    # Changes with every change of the store's rules, so that processes may keep them in memory.
    rules_stamp = models.CharField(max_length=32, default=new_stamp)

    def __str__(self):
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def business_date(self, at: dt.datetime) -> dt.date:
        """The store's calendar day of an instant (SPEC CAD-15)."""
        return at.astimezone(self.zone).date()

    def start_of_day(self, on: dt.date) -> dt.datetime:
        """00:00:00 store time of a day, in UTC."""
        return dt.datetime.combine(on, dt.time(), self.zone).astimezone(dt.UTC)

    def end_of_day(self, on: dt.date) -> dt.datetime:
        """23:59:59 store time of a day, in UTC: when a task with a date only is due (SPEC A62).

        Where the clocks go back at midnight that second comes twice: the later one ends the day.
        """
        return dt.datetime.combine(on, dt.time(23, 59, 59, fold=1), self.zone).astimezone(dt.UTC)

    def day(self, on: dt.date) -> tuple[dt.datetime, dt.datetime]:
        """The first and the last instant of a day, in UTC: whatever happened on it lies between."""
        return self.start_of_day(on), self.start_of_day(on + DAY) - dt.timedelta(microseconds=1)

    def at_local(self, on: dt.date, time: dt.time) -> dt.datetime:
        """An instant from the store's day and wall clock, in UTC.

        A time that comes twice is the first; one that is skipped counts from the old time: 02:30 is 03:30.
        """
        return dt.datetime.combine(on, time, self.zone).astimezone(dt.UTC)


class StoreRule(models.Model):
    """A row that belongs to the store's rules: saving or deleting it renews the store's stamp."""

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        self.renew_stamp()

    def delete(self, *args, **kwargs):
        deleted = super().delete(*args, **kwargs)
        self.renew_stamp()
        return deleted

    def renew_stamp(self):
        self.store.rules_stamp = new_stamp()
        Store.objects.filter(pk=self.store_id).update(rules_stamp=self.store.rules_stamp)


class StoreHours(StoreRule):
    """Opening hours of a weekday (0 = Monday); no row = closed that weekday."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="hours")
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("store", "weekday", name="one_opening_per_weekday"),
            models.CheckConstraint(name="weekday_is_known", condition=Q(weekday__lte=6)),
            models.CheckConstraint(name="opens_before_closing", condition=Q(opens__lt=models.F("closes"))),
        ]


class StoreClosure(StoreRule):
    """A day on which the store is closed."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="closures")
    on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint("store", "on", name="one_closure_per_day")]


class StoreSetting(StoreRule):
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="settings")
    key = models.CharField(max_length=60)
    value = models.JSONField()
    changed_by = models.ForeignKey("User", null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("store", "key", name="one_value_per_setting")]


class SettingChange(models.Model):
    """Who changed a rule of the store, when, from what to what; only ever added to.

    `key` names the rule: `setting:protection_days`, `hours:0`, `cadence:default:A`, `term:12`.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="setting_changes")
    key = models.CharField(max_length=80)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    by = models.ForeignKey("User", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("store", "key", "at", name="rule_history")]


class UserManager(BaseUserManager):
    def create_user(self, username: str, password: str | None = None, **fields):
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody who works here; never deleted, only made inactive."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    username = models.CharField(_("User name"), max_length=60, unique=True)
    full_name = models.CharField(_("Name"), max_length=80)
    language = models.CharField(max_length=10, default="zh-hans")
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    pin_hash = models.CharField(max_length=128, blank=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    objects = UserManager()

    def __str__(self):
        return self.full_name

    @cached_property
    def current_memberships(self) -> list["Membership"]:
        """Roles held now, with their stores; read once per request."""
        return held_by(user=self.pk)

    def roles_in(self, store: Store) -> set[str]:
        return {m.role for m in self.current_memberships if m.store_id == store.pk}

    def stores_as(self, *roles: Role) -> list[int]:
        """Ids of the stores in which one of the roles is held."""
        return [m.store_id for m in self.current_memberships if m.role in roles]

    def has_role(self, *roles: Role) -> bool:
        return bool(self.stores_as(*roles))


class Team(models.Model):
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint("store", "name", name="one_team_of_a_name")]

    def __str__(self):
        return self.name


class Membership(StoreRule):
    """A role of a person in a store; the same person may hold several (MODEL choice 1)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="members")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "user", "store", "role", condition=Q(ends_on=None), name="one_current_membership_per_role"
            ),
            models.CheckConstraint(name="role_is_known", condition=Q(role__in=Role.values)),
        ]


@Prepared
def held_by(*, user: int) -> models.QuerySet:
    """The roles a person holds now, oldest first, with the person, stores and groups."""
    held = Membership.objects.filter(user=user, ends_on=None).order_by("id")
    return held.select_related("user", "store", "store__group", "team")


class Counter(models.Model):
    """Numbers without gaps, taken late in a transaction (MODEL choice 11)."""

    scope = models.CharField(max_length=60)
    period = models.CharField(max_length=10)
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "period"], name="one_counter_per_period")]


class DayOff(StoreRule):
    """A weekly day off, a swap, or an absence with a deputy (SPEC A08, A61)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="days_off")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="days_off")
    weekday = models.PositiveSmallIntegerField(null=True, blank=True)
    on = models.DateField(null=True, blank=True)
    off = models.BooleanField(default=True)
    absence = models.BooleanField(default=False)
    deputy = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "user", "store", "weekday", name="one_weekly_day_off", condition=~Q(weekday=None)
            ),
            models.UniqueConstraint(
                "user", "store", "on", name="one_day_off_row_per_day", condition=~Q(on=None)
            ),
            models.CheckConstraint(
                name="day_off_is_weekday_or_day",
                condition=Q(weekday=None, on__isnull=False) | Q(weekday__lte=6, on=None),
            ),
            models.CheckConstraint(
                name="absence_names_a_day", condition=Q(absence=False) | Q(on__isnull=False, off=True)
            ),
        ]


class Device(models.Model):
    """One's own phone, signed in for 30 days, or a tablet that a store's people share (user is null)."""

    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="devices")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="devices")
    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, blank=True)  # of the tablet's cookie
    session_key = models.CharField(max_length=40, blank=True)  # of who is signed in on it
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # the last sign-in on it
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("token_hash", condition=~Q(token_hash=""), name="one_tablet_per_token"),
            models.CheckConstraint(
                name="shared_tablet_has_a_token", condition=Q(user__isnull=False) | ~Q(token_hash="")
            ),
        ]
        indexes = [models.Index("user", "session_key", name="own_devices")]


class FormToken(models.Model):
    """Written first by a creating form; the second sending of the same form finds it taken."""

    token = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    result_url = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()


class Draft(models.Model):
    """What somebody typed and has not saved yet, kept on the server (shared tablets)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="drafts")
    form = models.CharField(max_length=60)
    payload = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("user", "form", name="one_draft_per_form")]


class AccessEvent(models.Model):
    """Who looked at what: reveals, exports, views of colleagues' cards. Append-only, no personal data."""

    class Kind(models.TextChoices):
        REVEAL = "reveal", _("Number shown")
        VIEW_OTHER = "view_other", _("Colleague's card opened")
        EXPORT = "export", _("Export")
        LOGIN = "login", _("Signed in")

    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    target_kind = models.CharField(max_length=20, blank=True)
    target_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("store", "at", name="access_by_store_and_time")]


class Backup(models.Model):
    """One dump of database and files, and whether it could be read back (RELIABILITY 71, 75)."""

    at = models.DateTimeField()
    file = models.CharField(max_length=200)
    bytes = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    verified_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="backups_by_time")]
