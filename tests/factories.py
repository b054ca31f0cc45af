"""Valid, boring objects: a store in Shanghai, its people, its customers."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from accounts.models import Group, Membership, User
from leads.models import CarModel, ContactPoint, Customer, Lead
from leads.stores import create_store
from showroom import receivers

from .conftest import at


class GroupFactory(DjangoModelFactory):
    class Meta:
        model = Group

    code = factory.Sequence("group{}".format)
    name = "East Motors"


def make_store(code="east", *, group=None, zone="Asia/Shanghai", country="CN"):
    return create_store(code=code, name=f"Store {code}", zone=zone, country=country, group=group)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence("user{}".format)
    full_name = factory.Faker("name", locale="zh_CN")
    language = "en"
    password = "!"


def make_person(store, username, full_name, *roles, team=None):
    """Somebody who is new to the store; its other rules stay in memory."""
    user = UserFactory(username=username, full_name=full_name)
    told = {"user": user, "store": store, "team": team, "starts_on": dt.date(2026, 1, 1)}
    Membership.objects.bulk_create(Membership(role=role, **told) for role in roles)
    forget_receivers()
    return user


def forget_receivers():
    """The people of another test are not those of this one."""
    receivers._receivers.cache_clear()


class CarModelFactory(DjangoModelFactory):
    class Meta:
        model = CarModel

    group = factory.SubFactory(GroupFactory)
    brand = "Dongfeng"
    code = factory.Sequence("model{}".format)
    name_en = "Sylphy"
    name_zh = "轩逸"


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer

    group = factory.SubFactory(GroupFactory)
    number = factory.Sequence(lambda n: n + 1)
    name = "张三"
    card_opened_at = at("2026-03-01 10:00")


class LeadFactory(DjangoModelFactory):
    """An active lead at reception, nobody's and without a grade: say what the test is about."""

    class Meta:
        model = Lead

    number = factory.Sequence("L-260301-{:04d}".format)
    store = factory.LazyFunction(make_store)
    customer = factory.SubFactory(CustomerFactory, group=factory.SelfAttribute("..store.group"))
    step = 2
    created_at = at("2026-03-01 10:00")
    arrived_at = at("2026-03-01 10:00")
    step_entered_at = at("2026-03-01 10:00")


class PhoneFactory(DjangoModelFactory):
    class Meta:
        model = ContactPoint

    customer = factory.SubFactory(CustomerFactory)
    group = factory.SelfAttribute("customer.group")
    kind = "phone"
    value = factory.Sequence("+86138{:08d}".format)
    tail = factory.LazyAttribute(lambda phone: phone.value[-4:])
    obtained_at = at("2026-03-01 10:00")
