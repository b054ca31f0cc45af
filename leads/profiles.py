"""Grade profiles and the first lists of a store, as data (SPEC GRD-01..03, CAD-01..03, DEV-01, LOST-06)."""

from .models import GradeRule, Term

# code, horizon from, to, times, period in days, purpose; interval = floor(period / times).
PROFILES = {
    "default": [
        ("O", None, None, 2, 7, "deliver_soon"),
        ("H", 0, 7, 1, 2, "speed_up_signing"),
        ("A", 8, 30, 2, 7, "raise_grade"),
        ("B", 31, 90, 2, 30, "learn_movements"),
        ("C", 91, None, 1, 30, "make_friends"),
    ],
    "detailed": [
        ("O", None, None, 2, 7, "deliver_soon"),
        ("H", 0, 7, 1, 2, "speed_up_signing"),
        ("A+", 8, 15, 2, 7, "raise_grade"),
        ("A", 16, 30, 2, 7, "raise_grade"),
        ("B+", 31, 90, 2, 30, "learn_movements"),
        ("B", 31, 90, 2, 30, "learn_movements"),
        ("C", 91, None, 1, 30, "make_friends"),
    ],
    "classic": [
        ("O", 0, 7, 2, 7, "speed_up_signing"),
        ("A", 8, 30, 1, 7, "raise_grade"),
        ("B", 31, 90, 2, 30, "learn_movements"),
        ("C", 91, 180, 1, 60, "make_friends"),
    ],
}

ORGANISATION = ["A", "B", "C"]  # no cadence of their own (SPEC GRD-17, S39)

CHANNELS = [
    ("showroom", "Walk-in", "展厅"),
    ("telephone", "Telephone", "电话"),
    ("website", "Website", "网站"),
    ("roadshow", "Roadshow", "路演"),
    ("exhibition", "Exhibition", "展会"),
    ("owner_referral", "Owner referral", "老客户转介绍"),
    ("staff_referral", "Service staff referral", "服务人员介绍"),
    ("cold_visit", "Cold visit", "陌生拜访"),
    ("personal", "Personal circle", "亲友"),
    ("used_cars", "Used cars", "二手车"),
    ("key_accounts", "Key accounts", "大客户"),
]

# Once round the car: the store names its positions itself (SPEC PROD-01).
POSITIONS = [
    ("front", "Front, from the left", "左前方"),
    ("driver", "Driver's seat", "驾驶座"),
    ("rear_seat", "Rear seat", "后排"),
    ("boot", "Back and boot", "车尾与后备箱"),
    ("side", "Side", "侧面"),
    ("engine", "Under the bonnet", "发动机舱"),
]

# Reasons of a loss: four classes, each with the reasons of the trade (SPEC LOST-06, A07).
LOST_REASONS = {
    ("confidence", "Confidence", "信心"): [("other_brand", "Other brand", "选了其他品牌")],
    ("need", "Need", "需求"): [
        ("model", "Model does not fit", "车型不合适"),
        ("colour_or_stock", "Colour or stock", "颜色或现车"),
        ("delivery_time", "Delivery time", "交车周期"),
    ],
    ("buying_power", "Buying power", "购买力"): [
        ("price", "Price", "价格"),
        ("loan_refused", "Loan refused", "贷款未批"),
        ("trade_in_price", "Trade-in price", "置换价格"),
    ],
    ("other", "Other", "其他"): [
        ("family", "Family", "家人意见"),
        ("other_store", "Other store of our brand", "同品牌其他店"),
        ("postponed", "Postponed", "推迟购车"),
    ],
}


def install_grade_rules(store) -> None:
    rows = []
    for profile, lines in PROFILES.items():
        rows += [_rule(store, profile, rank, *line) for rank, line in enumerate(lines, start=1)]
        rows += [
            GradeRule(store=store, profile=profile, scale="organisation", code=code, rank=rank)
            for rank, code in enumerate(ORGANISATION, start=1)
        ]
    GradeRule.objects.bulk_create(rows)


def _rule(store, profile, rank, code, horizon_from, horizon_to, times, period, purpose) -> GradeRule:
    return GradeRule(
        store=store,
        profile=profile,
        code=code,
        rank=rank,
        purpose=purpose,
        horizon_from=horizon_from,
        horizon_to=horizon_to,
        times=times,
        period_days=period,
        interval_days=period // times,
    )


def install_channels(store) -> None:
    Term.objects.bulk_create(
        Term(store=store, list=Term.List.CHANNEL, code=code, name_en=en, name_zh=zh, rank=rank)
        for rank, (code, en, zh) in enumerate(CHANNELS, start=1)
    )


def install_positions(store, term=Term) -> None:
    """The six positions; `term` = the model as a migration knows it."""
    term.objects.bulk_create(
        term(store=store, list="position", code=code, name_en=en, name_zh=zh, rank=rank)
        for rank, (code, en, zh) in enumerate(POSITIONS, start=1)
    )


def install_lost_reasons(store, term=Term) -> None:
    """Both levels of reasons, ranked in the order of the form; `term` = the model as a migration knows it."""
    classes = enumerate(LOST_REASONS, start=1)
    parents = term.objects.bulk_create(term(**_reason(store, *names, rank * 10)) for rank, names in classes)
    term.objects.bulk_create(
        term(**_reason(store, *names, above.rank + place), parent=above)
        for above, children in zip(parents, LOST_REASONS.values(), strict=True)
        for place, names in enumerate(children, start=1)
    )


def _reason(store, code: str, name_en: str, name_zh: str, rank: int) -> dict:
    names = {"name_en": name_en, "name_zh": name_zh}
    return {"store": store, "list": "lost_reason", "code": code, "rank": rank, **names}
