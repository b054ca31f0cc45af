"""Who somebody is: the customer of the group, how to reach them, by which names they are found."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Group, User


class Customer(models.Model):
    """A person or organisation known to the group; the customer card is this row (SPEC A54)."""

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        ORGANISATION = "organisation", _("Organisation")

    class WeChat(models.TextChoices):
        UNKNOWN = "", _("Not asked")
        YES = "yes", _("Yes")
        NO = "no", _("No")
        REFUSED = "refused", _("Refused")

    class Behaviour(models.TextChoices):
        UNKNOWN = "", _("Not known")
        DOMINANT = "dominant", _("Dominant")
        ANALYTICAL = "analytical", _("Analytical")
        SOCIAL = "social", _("Social")

    class Level(models.TextChoices):
        UNKNOWN = "", _("Not known")
        LOW = "low", _("Low")
        HIGH = "high", _("High")

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="customers")
    number = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.PERSON)
    name = models.CharField(max_length=80, blank=True)
    birthday = models.DateField(null=True, blank=True)
    address = models.CharField(max_length=200, blank=True)
    occupation = models.CharField(max_length=80, blank=True)
    family = models.CharField(max_length=200, blank=True)
    hobbies = models.CharField(max_length=200, blank=True)
    current_car = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=10, blank=True)
    wechat_added = models.CharField(max_length=10, choices=WeChat, default=WeChat.UNKNOWN, blank=True)
    wechat_at = models.DateTimeField(null=True, blank=True)
    wechat_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # For the consultant's eyes: on no page or print that a customer sees (SPEC TYPE-01 to 03).
    behaviour = models.CharField(
        max_length=10, choices=Behaviour, default=Behaviour.UNKNOWN, db_default="", blank=True
    )
    product_knowledge = models.CharField(
        max_length=4, choices=Level, default=Level.UNKNOWN, db_default="", blank=True
    )
    willingness = models.CharField(
        max_length=4, choices=Level, default=Level.UNKNOWN, db_default="", blank=True
    )
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    erased_at = models.DateTimeField(null=True, blank=True)
    card_opened_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint("group", "number", name="customer_number_is_never_reused"),
            models.CheckConstraint(
                name="open_card_has_a_name", condition=Q(card_opened_at=None) | ~Q(name="")
            ),
        ]
        indexes = [models.Index("group", "card_opened_at", name="cards_by_day")]

    def __str__(self):
        return self.name

    @property
    def is_organisation(self) -> bool:
        """Whether it is a company or office: no fixed rhythm, a grade scale of its own (SPEC TYPE-04)."""
        return self.kind == self.Kind.ORGANISATION


class ContactPoint(models.Model):
    """A phone, e-mail or WeChat of a customer; one live owner per group unless shared (SPEC A10)."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("E-mail")
        WECHAT = "wechat", _("WeChat")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contact_points")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    value = models.CharField(max_length=120)
    tail = models.CharField(max_length=4, blank=True)
    valid = models.BooleanField(default=True)
    shared = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    obtained_at = models.DateTimeField()
    obtained_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "group",
                "kind",
                "value",
                condition=Q(shared=False, ended_at=None),
                name="one_live_owner_per_contact_point",
            ),
        ]
        indexes = [
            models.Index("group", "tail", name="contact_point_by_tail"),  # lookup while typing
        ]


class NameKey(models.Model):
    """A way to find a name: full pinyin, initials, every reading, and the name itself."""

    # The unique index begins with the customer and holds the key as well.
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="name_keys", db_index=False)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint("customer", "key", name="one_row_per_name_key")]
        indexes = [
            # Prefix search while typing; pattern ops let PostgreSQL use it for LIKE 'wxm%', and ten
            # thousand customers of one surname are read out of it alone.
            models.Index(
                fields=["group", "key"],
                name="name_key_prefix",
                opclasses=["int8_ops", "varchar_pattern_ops"],
                include=["customer"],
            ),
        ]


class CustomerLink(models.Model):
    """Two customers who belong together; same_customer = they count as one (SPEC OWN-03)."""

    class Relation(models.TextChoices):
        """What `other` is to `one`; the first three and the shareholder count as one customer."""

        SPOUSE = "spouse", _("Spouse")
        PARENT = "parent", _("Parent")
        CHILD = "child", _("Child")
        SHAREHOLDER = "shareholder", _("Shareholder")
        SIBLING = "sibling", _("Brother or sister")
        RELATIVE = "relative", _("Other relative")
        EMPLOYEE = "employee", _("Employee")

    one = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    relation = models.CharField(max_length=20, choices=Relation)
    same_customer = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("one", "other", name="one_link_per_pair"),
            models.CheckConstraint(name="link_is_ordered", condition=Q(one__lt=F("other"))),
        ]


class Consent(models.Model):
    """Given or withdrawn, per purpose and channel; the newest row decides (SPEC A16)."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=20)
    channel = models.CharField(max_length=20)
    given = models.BooleanField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    wording_version = models.CharField(max_length=20, blank=True)
    evidence = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [models.Index("customer", "purpose", "channel", "at", name="consent_newest_first")]
