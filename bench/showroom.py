"""Every page of the floor on a day that is under way, beside a page that does the least (PERFORMANCE.md).

The bar is that of the card; the book names none for a sheet of its own.
"""

import logging

from .pages import CARD, LINE, measured, report
from .saves import NOW, build
from .scratch import beside_the_floor

PAGES = [
    ("Showroom now", "li", "/showroom/"),
    ("walk-in sheet", "li", "/walk-in/"),
    ("walk-in sheet, reception", "qian", "/walk-in/"),
    ("call sheet", "li", "/call/"),
    ("call sheet, reception", "qian", "/call/"),
    ("up list", "li", "/rota/"),
    ("up list, manager", "chen", "/rota/"),
    ("log of the up list", "chen", "/rota/log/"),
    ("register", "chen", "/register/"),
    ("a row of the register", "chen", "/register/visits/{visit}/edit/"),
    ("hot signals", "li", "/visits/{visit}/signals/"),
    ("closing sheet", "li", "/visits/{visit}/close/"),
    ("needs", "li", "/leads/{lead}/needs/"),
    ("walkaround", "li", "/leads/{lead}/walkaround/"),
    ("price talk", "li", "/leads/{lead}/price-talk/"),
    ("day grid of drives", "li", "/drives/"),
    ("booking sheet", "li", "/drives/new/"),
    ("a booking", "li", "/drives/{booking}/booking/"),
    ("a drive under way", "li", "/drives/{drive}/"),
    ("playbook", "li", "/playbook/"),
    ("playbook beside a step", "li", "/playbook/beside/needs/"),
    ("trainings", "chen", "/playbook/trainings/"),
    ("demo cars", "chen", "/settings/demo-cars/"),
]


def add_arguments(parser) -> None:
    parser.add_argument("--pairs", type=int, default=5, help="runs of a page and of the floor, in turn")
    parser.add_argument("--only", default="", help="pages whose name contains this")


def run(options) -> None:
    with beside_the_floor(NOW):
        logging.getLogger("django.request").setLevel("ERROR")
        world = under_way()
        print(LINE.format("page", "ms", "x floor", "spread", "statements", "kB gzip", ""))
        for name, who, address in PAGES:
            if options.only in name:
                report(name, measured(world, who, address, pairs=options.pairs), bar=CARD)


def under_way() -> dict:
    """Signed-in clients by name and what the addresses ask for: a customer is here, a car on the road."""
    from django.test import Client

    from showroom.drives import start_drive
    from tests.conftest import at
    from tests.saves.day import DAY, here
    from tests.showroom.cars import booked, ridden, signed

    day = build()
    morning = at(f"{DAY} 09:00")
    drive = booked(day.demo_car, day.lead, day.li, "14:00", "14:40", on=DAY, now=morning)
    later = booked(day.demo_car, day.lead, day.li, on="2026-03-14", now=morning)
    visit = here(day)
    ridden(drive, day.li, f"{DAY} 14:02")
    signed(drive, day.li, f"{DAY} 14:03")
    start_drive(drive.pk, by=day.li, at=at(f"{DAY} 14:04"))
    world = {"lead": day.lead.number, "visit": visit.pk, "drive": drive.pk, "booking": later.pk}
    for name in ("li", "qian", "chen"):
        world[name] = Client()
        world[name].force_login(getattr(day, name))
    return world
