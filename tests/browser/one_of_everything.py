"""A showroom with one row of everything, for the pages that have to stand."""

import datetime as dt
from decimal import Decimal

from accounts.credentials import link_for
from accounts.devices import hash_of
from accounts.models import DayOff, Device, Draft, Team
from followups.appointments import make_appointment
from followups.contacts import Said, log_contact
from followups.evening_duty import set_week
from followups.models import Heartbeat, NightlyRun, Parked
from followups.out_visits import plan_out_visit
from leads.collaborators import add_collaborator
from leads.disputes import concede, open_dispute
from leads.household import add_relative
from leads.identity import write_name_keys
from leads.merging import merge
from leads.models import (
    ContactPoint,
    Credit,
    Customer,
    LapseProposal,
    LeadModel,
    ReferralReward,
    SavedView,
    Term,
)
from leads.organisations import describe
from leads.referrals import Reward, approve_reward, promise_reward, refer
from leads.statuses import sleep
from showroom.calls import Enquiry, log_call
from showroom.correcting import correct, void
from showroom.models import PlaybookPage
from showroom.needs import add_companion, answer
from showroom.playbook import PageDraft, install_start, save_page
from showroom.price_talks import (
    Talk,
    answer_concession,
    ask_concession,
    keep_talk,
    note_objection,
    solve_objection,
)
from showroom.training import Session, record_training
from showroom.visits import Arrival, log_visit, tally
from showroom.walking import Shown, keep_walkaround
from tests.browser.messages_world import messages_on_their_way
from tests.browser.staff_world import told_and_asked
from tests.conftest import at, person
from tests.factories import CarModelFactory, PhoneFactory
from tests.followups.worked_leads import make_lead
from tests.leads.set_aside import lose_for_good, lose_lead

NOW = "2026-03-12 14:58"
CARS = [("N7", "N7"), ("X-Trail e-POWER", "奇骏 e-POWER"), ("Sylphy Classic", "轩逸 经典")]
TOKEN = "0" * 43  # of the shared tablet


def one_of_everything(store, li, wang, zhao, chen) -> dict:
    """A consultant with one row of everything, a colleague with customers, one without any.

    Answers the keys that the addresses of the pages ask for.
    """
    person(store, "sun", "孙丽", "finance")
    cars = [CarModelFactory(group=store.group, name_en=en, name_zh=zh) for en, zh in CARS]
    own = known(store, li, "H", "陈建国", "13620878805", cars[0], contacted="2026-03-05 15:00")
    messages_on_their_way(store, own, chen)
    told_and_asked(store, own, li, wang, chen)
    known(store, li, "A", "欧阳雪梅", "13620870002", cars[1], due="2026-03-12")
    known(store, li, "B", "Alexander Featherstonehaugh", "13620870003", cars[1], due="2026-03-12")
    share = known(
        store, li, "C", "吴磊", "13620870004", cars[2], visited="2026-01-10 10:00", due="2026-03-12"
    )
    backlog = known(
        store, li, "B", "周雅琴", "13620870005", cars[2], visited="2026-01-10 10:00", due="2026-03-19"
    )
    for lead in (share, backlog):
        lead.tasks.update(catch_up=True)
    graceless = known(store, li, "none", "郑爽", "13620870006", cars[0], due="2026-03-12")
    graceless.tasks.all().delete()
    other = known(store, wang, "C", "彭丽女士", "13505188805", cars[1], due="2026-03-13")
    LapseProposal.objects.create(lead=backlog, store=store, owner=li, lapses_on="2026-03-12")
    appointment = make_appointment(own.pk, at("2026-03-12 16:30"), by=li, now=at("2026-03-12 09:00"))
    arrived = at("2026-03-12 14:20")
    arrival = Arrival(phone_text="13620879999", name="唐悦", car_model=cars[1])
    visit, _new = log_visit(store, arrival, receiver=li, by=li, at=arrived, now=arrived)
    nights(store)
    rows = registers(store, li, wang, chen, share, cars[0])
    aside = leads_set_aside(store, li, chen, cars[0])
    twice = known(store, wang, "C", "彭女士", "13505188806", cars[1], due="2026-03-13")
    merge(other.customer_id, twice.customer_id, by=chen, at=at("2026-03-12 09:30"), reason="同一个微信")
    called = at("2026-03-12 10:00")
    log_contact(own.pk, Said("price", text="要现车"), by=li, at=called, now=called)
    aside |= between_colleagues(store, li, wang, zhao, chen, cars[0])
    aside |= an_organisation(store, li, cars[0])
    shared_tablet(store, chen, (li, wang, zhao))
    rows |= settings_of(store, chen, cars[0]) | playbook_of(store, li, wang, chen)
    rows |= on_the_floor(store, li, cars[0])
    return {**aside, **rows, "own": own.number, "graceless": graceless.number, "appointment": appointment.pk,
            "visit": visit.pk, "li": li.pk, "other": other.number}  # fmt: skip


def playbook_of(store, li, wang, chen):
    """The pages we ship, one of the store's own in its second version, a role-play."""
    now = at("2026-03-12 09:00")
    install_start(store, at=now)
    words = {"title_zh": "置换补贴到月底", "title_en": "Trade-in subsidy until the end of the month"}
    for said in ("“补贴到31号。”", "“厂家补贴到31号，我写给您看。”"):
        ours = PlaybookPage.objects.filter(store=store, code="").first()
        words |= {"body_zh": said, "body_en": "“The maker pays until the 31st; I write it down for you.”"}
        last = dt.date(2026, 3, 31)
        draft = PageDraft(step=6, kind="promotion", words=words, tags=["benefit"], valid_to=last)
        ours = save_page(store, draft, page=ours, by=chen, at=now)
    remarks = ("开场自然", "多用开放式提问", "记了客户的称呼", "复述太晚", "没有问用途")
    played = Session(on=now.date(), topic="needs", participants=[li, wang], case="C", remarks=remarks)
    record_training(store, played, by=chen, at=now)
    read = PlaybookPage.objects.get(store=store, code="five-aspects")
    return {"ours": ours.pk, "read": read.pk}


def on_the_floor(store, li, car):
    """A lead at H with a walkaround of today, a price talk, objections, a request, companions."""
    lead = known(store, li, "H", "赵敏", "13620870031", car, step=3, contacted="2026-03-12 09:00")
    now = at("2026-03-12 13:30")
    answer(lead.pk, {"matters": {"chips": ["comfort", "value"], "text": ""}}, by=li, at=now)
    add_companion(lead.pk, relation="spouse", name="孙先生", decides=True, by=li, at=now)
    shown = {"positions": ("driver", "boot"), "focus": "只看后备箱", "brochure_given": True}
    keep_walkaround(lead.pk, Shown(car, **shown, signals=("touches", "no_drive")), by=li, at=now)
    talk = Talk(acceptance=70, signals=["asks_delivery"], decision="undecided", resistance="price")
    keep_talk(lead.pk, talk, by=li, at=now)
    for text in ("隔壁店便宜三千", "", "太太想要白色内饰，要等现车"):
        row = note_objection(lead.pk, cause="not_convinced", obstacle="price", text=text, by=li, at=now)
    solve_objection(row.pk, technique="compensate", by=li, at=now)
    ask_concession(lead.pk, kind="price", asked="", amount=Decimal(2000), by=li, at=now)
    mats = ask_concession(lead.pk, kind="accessory", asked="脚垫和全车膜", by=li, at=now)
    answer_concession(mats.pk, granted=True, by=li, at=now)
    return {"floor": lead.number}


def settings_of(store, chen, car):
    """What the pages of one row need: a team, a saved view, a choice of a list, a model, a way in."""
    team = Team.objects.create(store=store, name="展厅一组")
    view = SavedView.objects.create(
        store=store, user=chen, name="本周到期的H级", query="grade=H", pinned=True, shared=True
    )
    term = Term.objects.filter(store=store, list=Term.List.CHANNEL).earliest("rank")
    return {"team": team.pk, "view": view.pk, "term": term.pk, "model": car.pk, "way_in": link_for(chen)}


def registers(store, li, wang, chen, share, car):
    """A call, a group counted only, a row crossed out, a corrected one, and an open return visit."""
    rang = at("2026-03-12 09:40")
    enquiry = Enquiry(phone_text="13620877777", name="来电客户", car_model=car, read_back=True)
    call, _new = log_call(store, enquiry, receiver=wang, by=wang, at=rang, now=rang)
    correct(call, {"remark": "问置换补贴"}, by=wang, at=at("2026-03-12 09:50"))
    tally(store, persons=3, by=li, at=at("2026-03-12 11:00"), now=at("2026-03-12 11:00"))
    came = at("2026-03-12 13:05")
    nameless = Arrival(name="刘先生", declined=True)
    wrong, _new = log_visit(store, nameless, receiver=li, by=li, at=came, now=came)
    void(wrong, reason="登记重复", by=chen, at=at("2026-03-12 13:20"))
    returned, _new = log_visit(store, Arrival(lead_id=share.pk), receiver=li, by=li, at=came, now=came)
    correct(returned, {"persons": 3}, helpers=[wang], by=li, at=at("2026-03-12 13:30"))
    return {"call": call.pk, "returned": returned.pk}


def known(store, owner, grade, name, phone, car, **facts):
    lead = make_lead(store, owner, grade, **{"visited": "2026-03-01 10:00", **facts})
    Customer.objects.filter(pk=lead.customer_id).update(name=name)
    lead.customer.name = name
    write_name_keys(lead.customer)
    PhoneFactory(customer=lead.customer, value=f"+86{phone}")
    LeadModel.objects.create(lead=lead, car_model=car)
    return lead


def between_colleagues(store, li, wang, zhao, chen, car):
    """A shared lead that is claimed too, a family, a referral, a deal, and two leads in the pool."""
    now = at("2026-03-12 11:00")
    shared = known(store, li, "A", "司徒美玲", "13620870020", car, contacted="2026-03-10 10:00")
    pooled = known(store, None, "B", "欧阳建华", "13620870021", car, due="2026-03-11")
    won = known(store, li, "O", "马国强", "13620870022", car, step=7)
    person(store, "mei", "梅洁", "bdc_agent")
    add_collaborator(shared.pk, wang, by=li, at=now)
    log_contact(shared.pk, Said("family", text="太太想要白色"), by=wang, at=now, now=now)
    phone = "13620870023"
    add_relative(shared.pk, "spouse", phone_text=phone, name="Bartholomew Featherstonehaugh", by=li, at=now)
    ContactPoint.objects.filter(customer=shared.customer).update(obtained_by=zhao)
    over = known(store, wang, "B", "何志远", "13620870025", car, due="2026-03-13")
    ContactPoint.objects.filter(customer=over.customer).update(obtained_by=li)
    dispute = open_dispute(shared.pk, by=zhao, claim="首次到店是我接待的，名片也是我给的", at=now)
    settled = open_dispute(over.pk, by=li, claim="电话是我留的", at=now)
    concede(settled.pk, by=wang, at=now)
    fresh = refer(store, shared.customer, name="苏晓燕", phone_text="13620870024", by=li, at=now)
    promise_reward(fresh.pk, Reward(amount=Decimal(500)), by=li, at=now)
    owed = refer(store, shared.customer, name="蒋雯", phone_text="13620870026", by=li, at=now)
    promise_reward(owed.pk, Reward(amount=Decimal(800)), by=li, at=now)
    approve_reward(owed.pk, by=chen, at=now)
    ReferralReward.objects.filter(lead=owed).update(due_on="2026-03-12")
    set_week(store, {3: li, 4: wang}, by=chen, at=now)
    tipped = refer(store, shared.customer, name="诸葛明", by=li, at=now)
    Credit.objects.create(lead=won, user=li, share=100, at=now)
    leads = {"shared": shared, "pooled": pooled, "won": won, "fresh": fresh, "tipped": tipped}
    return {**{key: lead.number for key, lead in leads.items()}, "dispute": dispute.pk, "settled": settled.pk}


def an_organisation(store, li, car):
    """A company with its persons, a meeting tomorrow, and a visit to it that is half prepared."""
    lead = known(store, li, "B", "苏州恒瑞精密机械制造有限公司", "13620870030", car, step=5)
    told = {"cycle_months": 3, "batch": 30, "selector": "孙工", "selection_on": dt.date(2026, 3, 13)}
    describe(lead.pk, told, by=li, at=at("2026-03-12 11:00"))
    ready = ("plan", "call", "business_card", "product", "company", "costs")
    plan_out_visit(lead.pk, at("2026-03-13 15:00"), ready, by=li, now=at("2026-03-12 11:00"))
    return {"company": lead.number}


def leads_set_aside(store, li, chen, car):
    """One at rest, one lost in week 11, one whose loss waits since the day before yesterday."""
    names = (("resting", "秦岚"), ("lost", "Bartholomew Cholmondeley"), ("gone", "司马文君"))
    leads = {key: known(store, li, "A", name, f"1362087001{n}", car) for n, (key, name) in enumerate(names)}
    waited, yesterday = at("2026-03-10 17:00"), at("2026-03-11 17:00")
    sleep(leads["resting"].pk, wake_on=dt.date(2026, 6, 10), reason="later", by=li, at=yesterday)
    bought = {"brand": "比亚迪", "model": "宋 PLUS DM-i"}
    lose_for_good(leads["lost"], li, chen, yesterday, code="other_brand", opinion="置换给的价高", **bought)
    loss = lose_lead(leads["gone"], li, waited, code="price")
    return {**{key: lead.number for key, lead in leads.items()}, "loss": loss.pk}


def shared_tablet(store, manager, people):
    """A tablet on which three names stand, one with something unsaved; one of them is off tomorrow."""
    for one in people:
        one.pin_hash = "!"
        one.save()
    Draft.objects.create(user=people[1], form="walk_in", payload={"name": "x"}, saved_at=at(NOW))
    seen = {"added_at": at(NOW), "seen_at": at(NOW), "expires_at": at("2027-03-12 14:58")}
    Device.objects.create(store=store, name="Showroom 1", token_hash=hash_of(TOKEN), added_by=manager, **seen)
    DayOff.objects.create(user=people[0], store=store, on="2026-03-13", deputy=people[1])
    DayOff.objects.create(user=people[2], store=store, on="2026-03-12", deputy=people[1])


def nights(store):
    counts = {"changed": 96, "lapse_proposed": 2, "missed": 5, "escalated": 1, "parked": 1, "seconds": 17.2}
    for day, state in ((11, "failed"), (12, "done")):
        NightlyRun.objects.create(
            store=store, on=f"2026-03-{day}", state=state, started_at=at(f"2026-03-{day} 00:00:04"),
            lease_until=at(f"2026-03-{day} 09:00"), counts=counts if state == "done" else {},
        )  # fmt: skip
    Heartbeat.objects.create(name="sweep", at=at("2026-03-12 14:55"))
    Parked.objects.create(
        job="lapse_or_propose", ref_kind="lead", ref_id=1, store=store, attempts=3,
        error="IntegrityError: a row of this key stands already", at=at("2026-03-12 00:01"),
    )  # fmt: skip
