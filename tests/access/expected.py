"""Which role gets which answer on which page: the table behind the access matrix (SPEC A55, A70, A71).

Every route of the project stands here by its name; one that is missing fails the matrix with its name.
A route has one `Case` per request worth asking; whoever is not signed in is led to the sign-in page
(302) unless the case says otherwise. To add a page:

- it is the same for all rows of the store:  page("GET", allowed=(Role.MANAGER,))  answers 200 for
  those roles and 403 for the others;
- its address names a row:                   rows("GET", "lead", seen=SEES, works=WORKS_ON)  answers
  404 where the row is not seen, 403 where it is seen but not worked on, 200 elsewhere;
- `ok` is the good answer when it is not 200, `data` what is posted. A POST without data shows the
  form again: 422. What a case writes is rolled back before the next one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from accounts.roles import LOGGING, RECEIVING, RUNNING, SELLING, Role
from leads.lists import LEADING, LISTING

# Whose a row is, as seen by the person who asks; world.py makes one row of each.
OWN = "own"
SET = "a colleague's, set by oneself"  # past reception: read only
RECEIVED = "a colleague's, received by oneself today"  # by who receives at all
TEAM = "of the team"  # a colleague's whose supervisor asks
COLLEAGUE = "a colleague's"
POOL = "pool"
OTHER_STORE = "other store of the group"
OTHER_GROUP = "other group"
OWNERSHIPS = (OWN, SET, RECEIVED, TEAM, COLLEAGUE, POOL, OTHER_STORE, OTHER_GROUP)

EVERYBODY = tuple(Role.values)
MINE = {OWN, SET, RECEIVED}
HERE = {*MINE, TEAM, COLLEAGUE, POOL}  # the whole store

# Leads seen whole (SPEC A71). Roles that are not named see none, even one they owned before.
SEES = {
    Role.CONSULTANT: MINE,
    Role.BDC_AGENT: {OWN, SET},
    Role.SUPERVISOR: MINE | {TEAM, POOL},
    Role.MANAGER: HERE,
    Role.GENERAL_MANAGER: HERE | {OTHER_STORE},
}
# Who logs contacts and moves steps; the others only read, unless they are the owner (SPEC RECP-05).
WORKS_ON = {
    **SEES,
    Role.CONSULTANT: {OWN},
    Role.BDC_AGENT: {OWN},
    Role.GENERAL_MANAGER: {OWN},
}
KEYING = {Role.DATA_CLERK: HERE}  # records for the maker's system
KEYS_IN = SEES | KEYING
# The number may be asked for by reception too, on today's register rows; owner and setter give no reason.
ASKS_NUMBER = {**SEES, Role.RECEPTIONIST: HERE}
WITHOUT_REASON = {role: {OWN, SET} for role in EVERYBODY}
# The register: reception and those who run the floor see every visit of the store.
SEES_VISIT = {**SEES, Role.RECEPTIONIST: HERE}
CLOSES = {
    **SEES,
    Role.CONSULTANT: {OWN, RECEIVED},
    Role.BDC_AGENT: {OWN},
    Role.GENERAL_MANAGER: {OWN},
    Role.RECEPTIONIST: {OWN},
}
TENDS = {**CLOSES, Role.RECEPTIONIST: HERE}  # who closes a visit, and reception
# Acts of today: only who did it takes it back; in this world the owner called, or nobody of the team.
DID = {role: {OWN} for role in EVERYBODY}
# Merging is for who leads the store.
MERGES = {role: SEES[role] for role in (Role.SUPERVISOR, Role.MANAGER)}
# A register row is put right by its receiver, reception and who leads; crossed out by receiver and manager.
READS_REGISTER = (*LOGGING, Role.GENERAL_MANAGER)
CORRECTS = {
    Role.CONSULTANT: {OWN, RECEIVED},
    Role.SUPERVISOR: HERE,
    Role.MANAGER: HERE,
    Role.RECEPTIONIST: HERE,
}
VOIDS = {Role.CONSULTANT: {OWN, RECEIVED}, Role.SUPERVISOR: {OWN, RECEIVED}, Role.MANAGER: HERE}
# Reception sees who is expected; it confirms for nobody but itself.
CONFIRMS = {**WORKS_ON, Role.RECEPTIONIST: {OWN}}
# Expected today: one's own customers; the whole store for reception and those who lead it.
EXPECTS = {Role.CONSULTANT: MINE, Role.SUPERVISOR: HERE, Role.MANAGER: HERE, Role.RECEPTIONIST: HERE}
# Lapse proposals: who leads decides; the pool has none.
SEES_PROPOSAL = {role: seen - {POOL} for role, seen in SEES.items()}
DECIDES = {role: SEES_PROPOSAL[role] for role in (Role.SUPERVISOR, Role.MANAGER)}
# Somebody else's day, named by the owner of the row: who leads looks at it.
SEES_DAY = {Role.SUPERVISOR: {OWN, TEAM}, Role.MANAGER: {OWN, SET, RECEIVED, TEAM, COLLEAGUE}}
# Losses: the manager decides, and the head of the group; nobody confirms what he recorded himself.
DECIDES_LOSS = {role: SEES[role] for role in (Role.MANAGER, Role.GENERAL_MANAGER)}
CONFIRMS_LOSS = {role: seen - {OWN} for role, seen in DECIDES_LOSS.items()}
# Messages on their way, of the store one is in; an administrator sees no customer.
DECIDES_MESSAGES = (Role.MANAGER, Role.GENERAL_MANAGER)
MESSAGES = {role: HERE - {POOL} for role in DECIDES_MESSAGES}
# What stands aside after a night, by store.
STORE_ROW = {role: {OWN} for role in RUNNING}

# Colleagues as who runs the store sees them; nobody changes their own roles or lets themselves go.
STAFF = {role: {OWN, SET, RECEIVED, TEAM, COLLEAGUE} for role in RUNNING}
OTHER_STAFF = {role: seen - {OWN} for role, seen in STAFF.items()}

# Daily reports: one's own, the team's, the store's; the group's to read. Nobody comments his own.
LED = {SET, RECEIVED, TEAM, COLLEAGUE}  # by who runs the store
SEES_REPORT = {
    **{role: {OWN} for role in EVERYBODY},
    Role.SUPERVISOR: {OWN, TEAM},
    Role.MANAGER: {OWN, *LED},
    Role.GENERAL_MANAGER: {OWN, *LED, OTHER_STORE},
}
COMMENTS = {Role.SUPERVISOR: {TEAM}, Role.MANAGER: LED}
READS_DAY = {
    Role.CONSULTANT: {OWN}, Role.BDC_AGENT: {OWN}, Role.SUPERVISOR: {TEAM}, Role.MANAGER: LED,
    Role.GENERAL_MANAGER: LED,
}  # fmt: skip
READING = (*SELLING, Role.GENERAL_MANAGER)

# Whose customer it is: owner and who leads give; masked cards are for whoever has a list of customers.
GIVES = WORKS_ON
SELLS_HERE = dict.fromkeys(LISTING, HERE)
HOLDS = {**{role: {OWN} for role in SELLING}, Role.MANAGER: HERE - {POOL}}  # disputes
SHARES_OUT = {Role.MANAGER: HERE}

# The demo cars: reception books for everybody; who works on the lead, or received it today, drives.
FLOOR = (*LOGGING, Role.GENERAL_MANAGER)
SEES_DRIVE = {**SEES, Role.RECEPTIONIST: HERE, Role.GENERAL_MANAGER: HERE}
DRIVES = {
    Role.CONSULTANT: {OWN, RECEIVED}, Role.SUPERVISOR: SEES[Role.SUPERVISOR], Role.MANAGER: HERE,
    Role.GENERAL_MANAGER: {OWN}, Role.RECEPTIONIST: {OWN},
}  # fmt: skip
BOOKS = {**DRIVES, Role.RECEPTIONIST: HERE}
# Who serves the customer in the house asks the needs and shows the car; others who see the lead only read.
SERVES = {**WORKS_ON, Role.CONSULTANT: {OWN, RECEIVED}}

READS_PLAYBOOK = (*LOGGING, Role.BDC_AGENT, Role.GENERAL_MANAGER, Role.ADMIN)

GIVES_MANY = LEADING_THE_LIST = (Role.SUPERVISOR, Role.MANAGER)

LOGIN = 302


def masked_card(role: str, whose: str) -> int:
    """Who sees the lead whole is led to its card."""
    if role not in LISTING or whose not in HERE:
        return 404
    return 302 if whose in SEES[role] else 200


def taking(role: str, whose: str) -> int:
    """One's own again, or one of the pool; the others have an owner. An agent works nobody who came."""
    if role not in LISTING or whose not in HERE:
        return 404
    if whose == OWN:
        return 302
    if role in (Role.BDC_AGENT, Role.GENERAL_MANAGER):
        return 403
    return 302 if whose == POOL else 409


def obtaining(role: str, whose: str) -> int:
    if role not in LISTING or whose not in HERE:
        return 404
    return 403 if role in (Role.BDC_AGENT, Role.GENERAL_MANAGER) else 422


def settling(role: str, whose: str) -> int:
    """The manager is asked for a reason; the holder leaves it to the claimant."""
    if whose not in HOLDS.get(role, ()):
        return 404
    return 422 if role == Role.MANAGER else 302


@dataclass(frozen=True)
class Case:
    """One request and its answers: role -> status, or role -> whose row it is -> status."""

    method: str
    answers: Mapping
    names: str = (
        ""  # what it names: "lead", "visit", "appointment", "parked"; "proposal", "person" in a field
    )
    anonymous: int = LOGIN
    data: dict = field(default_factory=dict)


def page(
    method: str, *, allowed=EVERYBODY, ok: int = 200, refused: int = 403, anonymous: int = LOGIN, data=None
) -> Case:
    answers = {role: ok if role in allowed else refused for role in EVERYBODY}
    return Case(method, answers, anonymous=anonymous, data=data or {})


def rows(
    method: str,
    names: str,
    *,
    seen: Mapping,
    works: Mapping | None = None,
    ok: int = 200,
    only=EVERYBODY,
    refused: int = 403,
    elsewhere: int | None = None,
    data=None,
) -> Case:
    """Answers by row; roles outside `only` get 403 before anybody looks for the row.

    `elsewhere` is the answer for roles without a day of their own, led to another page.
    """
    works = seen if works is None else works

    def answer(role: str, whose: str) -> int:
        if role not in only:
            return 403
        if elsewhere and role not in SELLING:
            return elsewhere
        if whose not in seen.get(role, ()):
            return 404
        return ok if whose in works.get(role, ()) else refused

    answers = {role: {whose: answer(role, whose) for whose in OWNERSHIPS} for role in EVERYBODY}
    return Case(method, answers, names=names, data=data or {})


def each(method: str, names: str, answer) -> Case:
    """Answers by row, as a function of role and ownership."""
    answers = {role: {whose: answer(role, whose) for whose in OWNERSHIPS} for role in EVERYBODY}
    return Case(method, answers, names=names)


def sheet_of(works: Mapping) -> list[Case]:
    """A sheet over a lead: a POST without data shows it again."""
    return [
        rows("GET", "lead", seen=SEES, works=works),
        rows("POST", "lead", seen=SEES, works=works, ok=422),
    ]


ROUTES: dict[str, list[Case]] = {
    "healthz": [page("GET", anonymous=200)],
    # --- accounts
    "accounts:login": [page("GET", ok=302, anonymous=200), page("POST", ok=302, anonymous=422)],
    "accounts:demo_login": [page("POST", ok=404, anonymous=404, data={"role": "consultant"})],
    "accounts:logout": [page("POST", ok=302)],
    "accounts:language": [page("POST", ok=302, data={"language": "en"})],
    "accounts:theme": [page("POST", ok=302, data={"theme": "dark"})],
    "accounts:store": [page("POST", ok=404, data={"store": "0"})],
    "accounts:draft": [page("GET"), page("POST", ok=204, data={"name": "x"})],
    "accounts:no_home": [page("GET")],
    "accounts:me": [page("GET")],
    "accounts:password": [page("GET"), page("POST", ok=422)],
    "accounts:pin": [page("GET"), page("POST", ok=422)],
    "accounts:end_device": [page("POST", ok=404)],
    "accounts:my_week": [page("GET"), page("POST", ok=302)],
    "accounts:my_days": [page("GET"), page("POST", ok=422)],
    "accounts:end_my_days": [page("POST", ok=404)],
    "followups:make_calendar": [page("POST")],
    "followups:end_calendar": [page("POST", ok=302)],
    "followups:calendar": [page("GET", ok=404, anonymous=404)],  # an address that nobody made
    "accounts:week": [
        rows("GET", "staff", seen=STAFF, only=RUNNING),
        rows("POST", "staff", seen=STAFF, only=RUNNING, ok=302),
    ],
    "accounts:days": [
        rows("GET", "staff", seen=STAFF, only=RUNNING),
        rows("POST", "staff", seen=STAFF, only=RUNNING, ok=422),
    ],
    "accounts:end_days": [rows("POST", "staff", seen=STAFF, only=RUNNING, ok=404)],
    "accounts:welcome": [page("GET", ok=410, anonymous=410), page("POST", ok=410, anonymous=410)],
    "accounts:tablet": [page("GET", ok=302), page("POST", ok=302)],
    "accounts:lock": [page("POST", ok=302)],
    "accounts:tablets": [page("GET", allowed=RUNNING)],
    "accounts:add_tablet": [page("POST", allowed=RUNNING, ok=422)],
    "accounts:end_tablet": [page("POST", allowed=RUNNING, ok=404)],
    "accounts:settings": [page("GET", allowed=RUNNING)],
    "accounts:setting": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=422)],
    "accounts:hours": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=422)],
    "accounts:add_closure": [page("POST", allowed=RUNNING, ok=422)],
    "accounts:end_closure": [page("POST", allowed=RUNNING, ok=404)],
    # --- leads
    "leads:people": [page("GET", allowed=RUNNING)],
    "leads:add_person": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=422)],
    "leads:teams": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=422)],
    "leads:team": [page("GET", allowed=RUNNING, ok=404), page("POST", allowed=RUNNING, ok=404)],
    "leads:person": [rows("GET", "staff", seen=STAFF, only=RUNNING)],
    "leads:edit_person": [
        rows("GET", "staff", seen=STAFF, only=RUNNING),
        rows("POST", "staff", seen=STAFF, only=RUNNING, ok=422),
    ],
    "leads:roles": [
        rows("GET", "staff", seen=STAFF, works=OTHER_STAFF, only=RUNNING),
        rows("POST", "staff", seen=STAFF, works=OTHER_STAFF, only=RUNNING, ok=422),
    ],
    "leads:person_link": [rows("POST", "staff", seen=STAFF, only=RUNNING)],
    "leads:leaving": [
        rows("GET", "staff", seen=STAFF, works=OTHER_STAFF, only=RUNNING),
        rows("POST", "staff", seen=STAFF, works=OTHER_STAFF, only=RUNNING, ok=422),
    ],
    "leads:leave": [rows("POST", "staff", seen=STAFF, works=OTHER_STAFF, only=RUNNING, ok=409)],
    "leads:handover_sheet": [rows("GET", "staff", seen=STAFF, only=RUNNING)],
    "leads:terms": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=422)],
    "leads:term": [page("GET", allowed=RUNNING, ok=404), page("POST", allowed=RUNNING, ok=404)],
    "leads:move_term": [page("POST", allowed=RUNNING, ok=404)],
    "leads:car_models": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=422)],
    "leads:car_model": [page("GET", allowed=RUNNING, ok=404), page("POST", allowed=RUNNING, ok=404)],
    "leads:list": [page("GET", allowed=LISTING)],
    "leads:tabs": [page("GET", allowed=LISTING)],
    "leads:filter": [page("GET", allowed=LISTING)],
    "leads:board": [page("GET", allowed=LISTING), page("GET", allowed=LISTING, data={"view": "pool"})],
    "leads:search": [
        page("GET", allowed=LISTING),
        page("POST", allowed=LISTING, data={"q": "0001"}),
    ],
    "leads:save_view": [page("GET", allowed=LISTING), page("POST", allowed=LISTING, ok=422)],
    "leads:saved_view": [page("GET", allowed=LISTING, ok=404), page("POST", allowed=LISTING, ok=404)],
    "leads:restore_view": [page("POST", allowed=LISTING, ok=404)],
    "leads:give_many": [page("GET", allowed=GIVES_MANY), page("POST", allowed=GIVES_MANY, ok=422)],
    "leads:given": [page("GET", allowed=LISTING)],
    "leads:give_back": [page("POST", allowed=GIVES_MANY, ok=302)],
    # The data clerk keys every open card of the store.
    "leads:maker": [
        rows("GET", "lead", seen=KEYS_IN, works=WORKS_ON | KEYING),
        rows("POST", "lead", seen=KEYS_IN, works=WORKS_ON | KEYING, ok=422),
        rows("POST", "lead", seen=KEYS_IN, works=WORKS_ON | KEYING, data={"act": "copy"}),
    ],
    "leads:maker_list": [page("GET", allowed=(*LISTING, Role.DATA_CLERK))],
    "leads:maker_export": [page("POST", allowed=(Role.MANAGER, Role.GENERAL_MANAGER, Role.DATA_CLERK))],
    "leads:card": [rows("GET", "lead", seen=SEES)],
    "leads:move": [
        rows("GET", "lead", seen=SEES, works=WORKS_ON),
        rows("POST", "lead", seen=SEES, works=WORKS_ON, ok=422),
    ],
    "leads:edit": [
        rows("GET", "lead", seen=SEES, works=WORKS_ON),
        rows("POST", "lead", seen=SEES, works=WORKS_ON, ok=422),
    ],
    "leads:points": [rows("POST", "lead", seen=SEES, works=WORKS_ON, ok=422)],
    "leads:consents": [rows("POST", "lead", seen=SEES, works=WORKS_ON, ok=422)],
    "leads:merge": [rows("GET", "lead", seen=SEES, works=MERGES)],
    "leads:merge_pair": [  # the other card is nobody's
        rows("GET", "lead", seen=SEES, works=MERGES, ok=404),
        rows("POST", "lead", seen=SEES, works=MERGES, ok=404),
    ],
    "leads:merges": [page("GET", allowed=(Role.MANAGER, Role.SUPERVISOR, Role.GENERAL_MANAGER))],
    "leads:unmerge": [page("POST", allowed=(Role.MANAGER, Role.SUPERVISOR, Role.GENERAL_MANAGER), ok=404)],
    "leads:undo_loss": [page("POST", ok=404)],
    "leads:losses": [page("GET", allowed=LEADING)],
    "leads:losses_found": [page("GET", allowed=LEADING)],
    "leads:struck": [page("GET", allowed=LEADING)],
    "leads:loss": [
        rows("GET", "loss", seen=SEES, works=DECIDES_LOSS),
        rows("POST", "loss", seen=SEES, works=DECIDES_LOSS, ok=422),
        rows("POST", "loss", seen=SEES, works=CONFIRMS_LOSS, ok=302, data={"decision": "confirmed"}),
    ],
    "leads:pool": [
        Case("GET", {role: 302 if role in LEADING else 200 if role in LISTING else 403 for role in EVERYBODY})
    ],
    "leads:masked": [each("GET", "lead", masked_card)],
    "leads:take": [each("POST", "lead", taking)],
    "leads:obtain": [each("POST", "lead", obtaining)],
    "leads:give": sheet_of(GIVES),
    "leads:collaborators": sheet_of(GIVES),
    "leads:setter": sheet_of(GIVES),
    "leads:claim": [rows("GET", "lead", seen=SELLS_HERE), rows("POST", "lead", seen=SELLS_HERE, ok=422)],
    "leads:dispute": [rows("GET", "dispute", seen=HOLDS), each("POST", "dispute", settling)],
    "leads:family": sheet_of(WORKS_ON),
    "leads:organisation": sheet_of(WORKS_ON),
    "leads:referred": sheet_of(WORKS_ON),
    "leads:referral": sheet_of(WORKS_ON),
    "leads:rewards": [
        page("GET", allowed=(Role.FINANCE, Role.MANAGER, Role.GENERAL_MANAGER)),
        page("POST", allowed=(Role.FINANCE,), ok=404),
    ],
    "leads:credit": sheet_of(SHARES_OUT),
    "leads:reveal": [
        rows("GET", "lead", seen=ASKS_NUMBER),
        rows("POST", "lead", seen=ASKS_NUMBER, works=WITHOUT_REASON, refused=422),
        rows("POST", "lead", seen=ASKS_NUMBER, data={"reason": "complaint"}),
    ],
    "imports:list": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=422)],
    "imports:upload": [rows("GET", "upload", seen=STORE_ROW, only=RUNNING)],
    "imports:progress": [rows("GET", "upload", seen=STORE_ROW, only=RUNNING, ok=302)],
    "imports:check": [rows("POST", "upload", seen=STORE_ROW, only=RUNNING, ok=422)],
    "imports:commit": [rows("POST", "upload", seen=STORE_ROW, only=RUNNING, ok=409)],
    "imports:errors": [rows("POST", "upload", seen={}, only=RUNNING)],  # there is none
    # --- followups
    "home": [page("GET", allowed=SELLING, refused=302), rows("GET", "person", seen=SEES_DAY, elsewhere=302)],
    "followups:backlog": [page("GET"), rows("GET", "person", seen=SEES_DAY)],
    "followups:log": [
        rows("GET", "lead", seen=SEES, works=WORKS_ON),
        rows("POST", "lead", seen=SEES, works=WORKS_ON, ok=422),
    ],
    "followups:appointment": [
        rows("GET", "appointment", seen=SEES, works=WORKS_ON),
        rows("POST", "appointment", seen=SEES, works=WORKS_ON, ok=422),
        rows("POST", "appointment", seen=SEES, works=WORKS_ON, ok=302, data={"act": "cancel"}),
    ],
    "followups:agenda": [page("GET", allowed=(*SELLING, Role.GENERAL_MANAGER, Role.RECEPTIONIST))],
    "followups:confirm": [rows("POST", "appointment", seen=SEES_VISIT, works=CONFIRMS, ok=302)],
    "followups:undo_contact": [rows("POST", "contact", seen=SEES, works=DID, ok=302)],
    "followups:out_visit": sheet_of(WORKS_ON),
    "followups:suspicions": [page("GET")],
    "followups:suspicion": [page("POST", ok=404)],
    "followups:explain": [rows("GET", "lead", seen=SEES, only=LEADING)],
    **{
        f"followups:{sheet}": [
            rows("GET", "lead", seen=SEES, works=WORKS_ON),
            rows("POST", "lead", seen=SEES, works=WORKS_ON, ok=422),
        ]
        for sheet in ("snooze", "message", "lose", "rest", "invalidate", "back", "another")
    },
    "followups:paste": [page("GET", allowed=SELLING), page("POST", allowed=SELLING, ok=422)],
    "followups:lapse": [
        page("POST", ok=404),
        rows("POST", "proposal", seen=SEES_PROPOSAL, works=DECIDES, ok=302, data={"decision": "kept"}),
    ],
    "followups:grades": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=422)],
    "followups:evening": [page("GET", allowed=tuple({*SELLING, *RUNNING}))],
    "followups:evening_week": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=302)],
    "followups:evening_day": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=422)],
    "followups:together": [page("GET", allowed=SELLING)],
    "followups:templates": [page("GET", allowed=RUNNING)],
    "followups:template": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=422)],
    "followups:template_preview": [page("POST", allowed=RUNNING)],
    "followups:outbox": [page("GET", allowed=RUNNING)],
    "followups:outbox_all_again": [page("POST", allowed=DECIDES_MESSAGES, ok=302)],
    "followups:outbox_again": [rows("POST", "outbox", seen=MESSAGES, only=DECIDES_MESSAGES, ok=302)],
    "followups:outbox_off": [rows("POST", "outbox", seen=MESSAGES, only=DECIDES_MESSAGES, ok=302)],
    "followups:outbox_stop": [page("POST", allowed=(Role.ADMIN,), ok=302)],
    "followups:outbox_go": [page("POST", allowed=(Role.ADMIN,), ok=302)],
    "followups:night": [page("GET", allowed=RUNNING)],
    "followups:night_run": [page("POST", allowed=RUNNING, ok=302)],
    "followups:night_retry": [rows("POST", "parked", seen=STORE_ROW, ok=302, only=RUNNING)],
    "followups:add_my_channel": [page("GET"), page("POST", ok=422)],
    "followups:channels": [page("GET", allowed=RUNNING)],
    "followups:add_channel": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=422)],
    "followups:end_channel": [page("POST", ok=404)],
    "followups:test_channel": [page("POST", ok=404)],
    "followups:workload": [
        page("GET", allowed=LEADING_THE_LIST),
        rows("GET", "person", seen=SEES_DAY, only=LEADING_THE_LIST),
    ],
    "followups:escalated": [
        page("GET", allowed=LEADING_THE_LIST),
        rows("GET", "person", seen=SEES_DAY, only=LEADING_THE_LIST),
    ],
    "followups:notices": [page("GET")],
    "followups:notice_count": [page("GET")],
    "followups:read_notices": [page("POST", ok=302, data={"upto": "0"})],
    "followups:open_notice": [page("POST", ok=404)],
    # --- showroom
    "showroom:walk_in": [page("GET", allowed=LOGGING), page("POST", allowed=LOGGING, ok=422)],
    "showroom:call": [page("GET", allowed=LOGGING), page("POST", allowed=LOGGING, ok=422)],
    "showroom:call_lookup": [page("POST", allowed=LOGGING, data={"phone": "0001"})],
    "showroom:now": [page("GET", allowed=READS_REGISTER)],
    "showroom:mine": [page("GET", allowed=RECEIVING)],
    "showroom:other_business": [page("POST", allowed=LOGGING, ok=302)],
    "showroom:approach": [rows("POST", "visit", seen=SEES_VISIT, works=TENDS, ok=302)],
    "showroom:hot_signals": [
        rows("GET", "visit", seen=SEES_VISIT, works=TENDS),
        rows("POST", "visit", seen=SEES_VISIT, works=TENDS, ok=302),
    ],
    "showroom:register": [page("GET", allowed=READS_REGISTER)],
    "showroom:tally": [page("POST", allowed=LOGGING, ok=302)],
    "showroom:edit_visit": [
        rows("GET", "visit", seen=SEES_VISIT, works=CORRECTS),
        rows("POST", "visit", seen=SEES_VISIT, works=CORRECTS, ok=422),
    ],
    "showroom:met": [rows("POST", "visit", seen=SEES_VISIT, works={Role.MANAGER: HERE}, ok=302)],
    "showroom:edit_call": [
        rows("GET", "call", seen=SEES_VISIT, works=CORRECTS),
        rows("POST", "call", seen=SEES_VISIT, works=CORRECTS, ok=302),
    ],
    "showroom:void_visit": [
        rows("POST", "visit", seen=SEES_VISIT, works=VOIDS, ok=422),
        rows("POST", "visit", seen=SEES_VISIT, works=VOIDS, ok=302, data={"reason": "x"}),
    ],
    "showroom:void_call": [
        rows("POST", "call", seen=SEES_VISIT, works=VOIDS, ok=422),
        rows("POST", "call", seen=SEES_VISIT, works=VOIDS, ok=302, data={"reason": "x"}),
    ],
    "showroom:lookup": [page("POST", allowed=LOGGING, data={"phone": "0001"})],
    "showroom:call_messages": [page("GET", allowed=LOGGING)],
    "showroom:called_back": [page("POST", allowed=LOGGING, ok=404)],
    "showroom:rota": [page("GET", allowed=READS_REGISTER)],
    "showroom:rota_log": [page("GET", allowed=READS_REGISTER)],
    # For oneself, where nobody is named; who does not receive customers is told so on the page.
    "showroom:rota_sign_in": [
        Case("POST", page("POST", allowed=READS_REGISTER, ok=422).answers | dict.fromkeys(RECEIVING, 302))
    ],
    "showroom:rota_confirm": [page("POST", allowed=LEADING_THE_LIST, ok=422)],  # nobody is on it yet
    "showroom:rota_state": [page("POST", allowed=READS_REGISTER, ok=422)],
    "showroom:rota_duty": [page("POST", allowed=LEADING_THE_LIST, ok=302)],
    "showroom:close": [
        rows("GET", "visit", seen=SEES_VISIT, works=CLOSES),
        rows("POST", "visit", seen=SEES_VISIT, works=CLOSES, ok=422),
    ],
    "showroom:undo_closing": [rows("POST", "visit", seen=SEES_VISIT, ok=302)],  # still open: said on the page
    "showroom:arrived": [rows("POST", "appointment", seen=EXPECTS, ok=302, only=LOGGING)],
    "showroom:demo_cars": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=422)],
    "showroom:demo_car": [
        rows("GET", "demo_car", seen=dict.fromkeys(RUNNING, HERE), only=RUNNING),
        rows("POST", "demo_car", seen=dict.fromkeys(RUNNING, HERE), only=RUNNING, ok=422),
    ],
    "showroom:agreement": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=422)],
    "showroom:needs": [
        rows("GET", "lead", seen=SEES, works=SERVES),
        rows("POST", "lead", seen=SEES, works=SERVES, ok=302),
    ],
    "showroom:needs_finish": [
        rows("GET", "lead", seen=SEES, works=SERVES),
        rows("POST", "lead", seen=SEES, works=SERVES, ok=422),
    ],
    "showroom:needs_decline": [rows("POST", "lead", seen=SEES, works=SERVES, ok=302)],
    "showroom:needs_anew": [rows("POST", "lead", seen=SEES, works=SERVES, ok=302)],
    "showroom:walkaround": [
        rows("GET", "lead", seen=SEES, works=SERVES),
        rows("POST", "lead", seen=SEES, works=SERVES, ok=422),
    ],
    "showroom:price_talk": [
        rows("GET", "lead", seen=SEES, works=SERVES),
        rows("POST", "lead", seen=SEES, works=SERVES, ok=422),
    ],
    "showroom:objection": [
        rows("GET", "lead", seen=SEES, works=SERVES),
        rows("POST", "lead", seen=SEES, works=SERVES, ok=422),
    ],
    "showroom:objection_solved": [rows("POST", "objection", seen=SEES, works=SERVES, ok=302)],
    "showroom:concession": [
        rows("GET", "lead", seen=SEES, works=SERVES),
        rows("POST", "lead", seen=SEES, works=SERVES, ok=422),
    ],
    "showroom:concession_answered": [
        rows("POST", "concession", seen=SEES, works=SERVES, data={"act": "refuse"}, ok=302)
    ],
    "showroom:companions": [
        rows("GET", "lead", seen=SEES, works=SERVES),
        rows("POST", "lead", seen=SEES, works=SERVES, ok=422),
    ],
    "showroom:companion": [rows("POST", "companion", seen=SEES, works=SERVES, ok=302)],
    "showroom:drives": [page("GET", allowed=FLOOR)],
    "showroom:book_drive": [page("GET", allowed=FLOOR), page("POST", allowed=FLOOR, ok=422)],
    "showroom:workshop": [page("GET", allowed=LOGGING), page("POST", allowed=LOGGING, ok=422)],
    "showroom:drive": [
        rows("GET", "booking", seen=SEES_DRIVE, works=DRIVES, only=FLOOR),
        rows("POST", "booking", seen=SEES_DRIVE, works=DRIVES, only=FLOOR, ok=422),
    ],
    "showroom:booking": [
        rows("GET", "booking", seen=SEES_DRIVE, works=BOOKS, only=FLOOR),
        rows("POST", "booking", seen=SEES_DRIVE, works=BOOKS, only=FLOOR, ok=422),
    ],
    "showroom:back_on_the_road": [
        rows(
            "POST",
            "workshop",
            seen={role: {OWN} for role in FLOOR},
            works={role: {OWN} for role in LOGGING},
            only=FLOOR,
            ok=302,
        )
    ],
    "showroom:drive_paper": [rows("GET", "paper", seen=SEES_DRIVE, works=DRIVES, only=FLOOR)],
    "showroom:playbook": [page("GET", allowed=READS_PLAYBOOK)],
    "showroom:playbook_beside": [page("GET", allowed=READS_PLAYBOOK)],
    "showroom:playbook_page": [page("GET", allowed=READS_PLAYBOOK, ok=404)],
    "showroom:playbook_new": [
        page("GET", allowed=RUNNING),
        page("POST", allowed=RUNNING, ok=422),
        rows("GET", "lost_case", seen={Role.MANAGER: HERE, Role.GENERAL_MANAGER: HERE}, only=RUNNING),
    ],
    "showroom:playbook_edit": [page("GET", allowed=RUNNING, ok=404), page("POST", allowed=RUNNING, ok=404)],
    "showroom:playbook_back": [page("POST", allowed=RUNNING, ok=404)],
    "showroom:trainings": [page("GET", allowed=READS_PLAYBOOK)],
    "showroom:training_correction": [
        page("GET", allowed=READS_PLAYBOOK, ok=404),
        page("POST", allowed=READS_PLAYBOOK, ok=404),
    ],
    "showroom:training": [page("GET", allowed=RUNNING), page("POST", allowed=RUNNING, ok=422)],
    # --- reports
    "reports:daily": [
        page("GET", allowed=READING),
        rows("GET", "person", seen=READS_DAY, only=READING),
        page("POST", allowed=(Role.CONSULTANT, Role.BDC_AGENT), ok=422),
    ],
    "reports:comment": [
        rows("POST", "report", seen=SEES_REPORT, works=COMMENTS, ok=422),
        rows("POST", "report", seen=SEES_REPORT, works=COMMENTS, ok=302, data={"comment": "x"}),
    ],
    "reports:funnel": [page("GET", allowed=READING)],
    "reports:funnel_leads": [
        page("GET", allowed=READING, ok=404),
        page("GET", allowed=READING, data={"of": "stock", "step": "reception"}),
    ],
    "reports:work": [
        page("GET", allowed=READING, ok=404),
        page("GET", allowed=READING, data={"of": "visits"}),
    ],
}
