"""The world of the measurement of reports: a year of five stores, told by rows only.

Of a hundred leads 78 get to needs, 62 see the car, 38 drive it, 34 negotiate, 14 of them without a
drive, 13 buy and 11 get their car; every twentieth is given to a colleague, one in thirty is lost.
"""

CUSTOMERS = """
    INSERT INTO leads_customer (group_id, number, kind, name, birthday, address, occupation, family,
        hobbies, current_car, language, wechat_added, card_opened_at, version)
    SELECT %(group)s, n, 'person',
        (ARRAY['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴'])[1 + n %% 10]
            || chr(19968 + n / 10 %% 2000), NULL, '', '', '', '', '', '', '', opened.at, 1
    FROM generate_series(1, %(leads)s) n, LATERAL (SELECT date_trunc('day', timestamptz '2025-03-13 00:00Z'
            + n * (interval '365 days' / %(leads)s)) + interval '1 hour'
            + (n * 7 %% 540) * interval '1 minute' AS at) opened
"""
MODELS = """
    INSERT INTO leads_carmodel (group_id, brand, code, name_en, name_zh, active)
    SELECT %(group)s, 'Bench', 'm' || n, 'Model ' || n, '车型' || n, true FROM generate_series(1, 12) n
"""
# How far a lead came by its number: 2 to 8.
LEADS = """
    INSERT INTO leads_lead (number, customer_id, store_id, car_no, step, skipped, status, void_reason,
        grade, suggested_grade, owner_id, channel_id, source_group, remark, created_at, arrived_at,
        step_entered_at, last_visit_at, last_contact_at, has_cadence, next_due_on, priority, revived, version)
    SELECT 'L-' || c.number, c.id, place.store, 1, far.step, '',
        CASE WHEN c.number %% 30 = 7 THEN 'lost' ELSE 'active' END, '',
        (ARRAY['H', 'A', 'B', 'C', 'none'])[1 + c.number %% 5], '',
        place.people[1 + (c.number / 5 + CASE WHEN c.number %% 20 = 3 THEN 1 ELSE 0 END)
            %% cardinality(place.people)],
        place.channels[1 + c.number / 5 %% cardinality(place.channels)], '', '', c.card_opened_at,
        c.card_opened_at, c.card_opened_at + far.step * interval '30 hours', c.card_opened_at,
        c.card_opened_at + interval '6 days', false, date '2026-03-12' + (c.number / 40 %% 60)::int,
        c.number %% 12 = 5, 0, 1
    FROM leads_customer c
    JOIN places place ON place.rank = 1 + c.number %% 5,
        LATERAL (SELECT c.number * 37 %% 100 AS luck) l,
        LATERAL (SELECT CASE WHEN luck < 11 THEN 8 WHEN luck < 13 THEN 7 WHEN luck < 34 THEN 6
            WHEN luck < 38 THEN 5 WHEN luck < 62 THEN 4 WHEN luck < 78 THEN 3 ELSE 2 END AS step) far
"""
PLACES = """
    CREATE TABLE places AS
    SELECT s.id AS store, row_number() OVER (ORDER BY s.id) AS rank,
        (SELECT array_agg(m.user_id ORDER BY m.user_id) FROM accounts_membership m
            WHERE m.store_id = s.id AND m.role = 'consultant') AS people,
        (SELECT array_agg(t.id ORDER BY t.id) FROM leads_term t
            WHERE t.store_id = s.id AND t.list = 'channel') AS channels
    FROM accounts_store s
"""
INTERESTS = """
    INSERT INTO leads_leadmodel (lead_id, car_model_id, rank)
    SELECT l.id, (SELECT min(id) FROM leads_carmodel) + (l.id * 7 + r) %% 12, r
    FROM leads_lead l, generate_series(1, 2) r WHERE r = 1 OR l.id %% 4 = 0
"""
EVENT = """
    INSERT INTO leads_leadevent (lead_id, store_id, kind, at, recorded_at, by_id, source, from_value,
        to_value, reason, data, undoes_id)
"""
FIRST_OWNER = """LATERAL (SELECT CASE WHEN c.number %% 20 = 3 THEN place.people[1 + (c.number / 5)
    %% cardinality(place.people)] ELSE l.owner_id END AS owner) f"""
OF_LEADS = """
    FROM leads_lead l JOIN leads_customer c ON c.id = l.customer_id
    JOIN places place ON place.store = l.store_id,
"""
OPENED = f"""{EVENT}
    SELECT l.id, l.store_id, 'created', l.arrived_at, l.arrived_at, f.owner, 'screen', '', 'reception', '',
        jsonb_build_object('owner', f.owner), NULL {OF_LEADS} {FIRST_OWNER}
"""
CODES = "(ARRAY['', 'reception', 'needs', 'walkaround', 'test_drive', 'negotiation', 'deal', 'delivery'])"
# Some leave the drive out.
MOVED = f"""{EVENT}
    SELECT l.id, l.store_id, 'step', moment.at, moment.at, f.owner, 'screen',
        {CODES}[s - CASE WHEN s = 6 AND jumped THEN 2 ELSE 1 END], {CODES}[s], '',
        CASE WHEN s = 6 AND jumped THEN '{{"skipped": [5]}}' ELSE '{{"skipped": []}}' END::jsonb, NULL
    {OF_LEADS} {FIRST_OWNER}, LATERAL (SELECT c.number %% 5 < 2 AS jumped) j,
        generate_series(3, 8) s, LATERAL (SELECT l.arrived_at + (s - 2) * interval '17 hours'
            + (c.number * s %% 2000) * interval '1 minute' AS at) moment
    WHERE s <= l.step AND NOT (s = 5 AND jumped AND l.step >= 6) AND moment.at < '2026-03-12 02:00Z'
"""
CONTACTS = f"""{EVENT}
    SELECT l.id, l.store_id, 'contact', moment.at, moment.at, l.owner_id, 'screen', '',
        CASE WHEN (c.number + n) %% 3 = 0 THEN 'no_answer' ELSE 'comparing' END, '',
        jsonb_build_object('reached', (c.number + n) %% 3 <> 0), NULL
    FROM leads_lead l JOIN leads_customer c ON c.id = l.customer_id, generate_series(1, 4) n,
        LATERAL (SELECT l.arrived_at + n * n * interval '27 hours' AS at) moment
    WHERE moment.at < '2026-03-12 02:00Z'
"""
GRADED = f"""{EVENT}
    SELECT l.id, l.store_id, 'grade', l.arrived_at + interval '1 hour', l.arrived_at + interval '1 hour',
        l.owner_id, 'screen', 'none', 'B', '', '{{}}', NULL FROM leads_lead l
"""
GIVEN = f"""{EVENT}
    SELECT l.id, l.store_id, 'owner', moment.at, moment.at, f.owner, 'screen', f.owner::text,
        l.owner_id::text, '', '{{}}', NULL {OF_LEADS} {FIRST_OWNER},
        LATERAL (SELECT l.arrived_at + interval '12 days' AS at) moment
    WHERE c.number %% 20 = 3 AND moment.at < '2026-03-12 02:00Z'
"""
LOST = f"""{EVENT}
    SELECT l.id, l.store_id, 'status', l.arrived_at + interval '9 days', l.arrived_at + interval '9 days',
        l.owner_id, 'screen', 'active', 'lost_pending', '', '{{}}', NULL FROM leads_lead l
    WHERE l.status = 'lost'
"""
VISITS = """
    INSERT INTO showroom_visit (store_id, "on", flow_serial, register_serial, written_serial, arrived_at,
        recorded_at, persons, receiver_id, kind, other, courtesy, completed, reopened, purpose, came_by_car,
        outcome, lead_id, customer_id, name_text, phone_text, horizon_days, grade_written, hot_signals,
        remark, source, left_at)
    SELECT l.store_id, (moment.at AT TIME ZONE 'Asia/Shanghai')::date, l.id * 3 + n, l.id * 3 + n, '',
        moment.at, moment.at, 1, l.owner_id, CASE WHEN n = 0 THEN 'first' ELSE 'return' END, '', false, true,
        0, '', false, '', l.id, l.customer_id, '', '', NULL, '', '[]', '', 'screen',
        moment.at + interval '40 minutes'
    FROM leads_lead l, generate_series(0, 2) n,
        LATERAL (SELECT l.arrived_at + n * interval '77 hours' AS at) moment
    WHERE (n = 0 OR l.step >= 3 + n * 2) AND moment.at < '2026-03-12 02:00Z'
"""
CALLS = """
    INSERT INTO showroom_call (store_id, "on", serial, at, recorded_at, receiver_id, outcome, lead_id,
        customer_id, name_text, phone_text, address, horizon_days, remark, source)
    SELECT l.store_id, (l.arrived_at AT TIME ZONE 'Asia/Shanghai')::date, l.id, l.arrived_at, l.arrived_at,
        l.owner_id, '', l.id, l.customer_id, '', '', '', NULL, '', 'screen'
    FROM leads_lead l WHERE l.id %% 3 > 0
"""
APPOINTMENTS = """
    INSERT INTO followups_appointment (lead_id, store_id, at, kind, set_by_id, set_at, state)
    SELECT l.id, l.store_id, l.arrived_at + interval '77 hours', 'visit', l.owner_id,
        l.arrived_at + interval '30 hours', CASE WHEN l.step >= 5 THEN 'showed' ELSE 'no_show' END
    FROM leads_lead l WHERE l.id %% 2 = 0 AND l.arrived_at < '2026-03-08 00:00Z'
"""
TASKS = """
    INSERT INTO followups_task (store_id, lead_id, kind, assignee_id, only_assignee, due_at, due_on, why,
        why_args, cause, state, catch_up, escalated)
    SELECT l.store_id, l.id, 'cadence', l.owner_id, false,
        (l.next_due_on + time '23:59:59') AT TIME ZONE 'Asia/Shanghai', l.next_due_on, 'cadence', '{}',
        'cadence:bench:' || l.id, 'open', false, false
    FROM leads_lead l WHERE l.status = 'active' AND l.arrived_at > '2025-07-01'
"""
REPORTS = """
    INSERT INTO reports_dailyreport (store_id, user_id, "on", result, estimate, causes, plan, note,
        submitted_at, late, comment, commented_by_id, commented_at, version)
    SELECT place.store, who, d::date, '["drives"]', 1, '["price"]', '[]', '',
        d::date + time '10:00', false, 'x', %(manager)s, d::date + time '11:00', 1
    FROM places place, unnest(place.people) who, generate_series(date '2025-03-13', '2026-03-11', '1 day') d
"""
WORLD = [
    CUSTOMERS, MODELS, PLACES, LEADS, INTERESTS, OPENED, GRADED, MOVED, CONTACTS, GIVEN, LOST, VISITS, CALLS,
    APPOINTMENTS, TASKS, REPORTS,
]  # fmt: skip
