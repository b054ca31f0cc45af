"""Plain SQL for the measurement of the night: the world before it, and its work without any care.

Of ten leads one is late in the catch-up, one lapses, one is late for days, one may be hotter, one is
stuck in its step, and four are late since yesterday.
"""

CUSTOMERS = """
    INSERT INTO leads_customer (group_id, number, kind, name, birthday, address, occupation, family,
        hobbies, current_car, language, wechat_added, card_opened_at, version)
    SELECT %(group)s, n, 'person', 'Customer ' || n, NULL, '', '', '', '', '', '', '', '2026-06-18 02:00Z', 1
    FROM generate_series(1, %(leads)s) n
"""
MODEL = """
    INSERT INTO leads_carmodel (group_id, brand, code, name_en, name_zh, active)
    VALUES (%(group)s, 'Bench', 'one', 'One', 'One', true)
"""
LEADS = """
    INSERT INTO leads_lead (number, customer_id, store_id, car_no, step, skipped, status, void_reason,
        grade, suggested_grade, owner_id, source_group, remark, expected_on, created_at, arrived_at,
        step_entered_at, last_visit_at, has_cadence, next_due_on, lapses_on, protected_from, priority,
        revived, version)
    SELECT 'L-260618-' || c.number, c.id, %(store)s, 1, 2 + c.number %% 5, '', 'active', '',
        (ARRAY['A', 'B', 'C'])[1 + c.number %% 3], '',
        (SELECT min(id) FROM accounts_user) + c.number / 10 %% %(people)s, '', '',
        CASE WHEN c.number %% 10 = 7 THEN date '2026-06-24' END,
        '2026-06-18 02:00Z', '2026-06-01 02:00Z',
        CASE WHEN c.number %% 10 = 8 THEN timestamptz '2026-06-01 02:00Z' ELSE '2026-06-18 02:00Z' END,
        timestamptz '2026-06-01 02:00Z' + c.number %% 1000 * interval '1 minute', true, d.due_on,
        CASE WHEN c.number %% 10 = 1 THEN date '2026-06-19' ELSE date '2026-07-19' END, '2026-06-11',
        false, 0, 1
    FROM leads_customer c, LATERAL (SELECT CASE
        WHEN c.number %% 10 IN (0, 2, 3, 4, 5) THEN date '2026-06-18'
        WHEN c.number %% 10 = 6 THEN date '2026-06-15' ELSE date '2026-07-01' END AS due_on) d
"""
INTERESTS = """
    INSERT INTO leads_leadmodel (lead_id, car_model_id, rank)
    SELECT l.id, m.id, 1 FROM leads_lead l, leads_carmodel m
"""
TASKS = """
    INSERT INTO followups_task (store_id, lead_id, kind, assignee_id, only_assignee, due_at, due_on, why,
        why_args, cause, state, catch_up, escalated)
    SELECT l.store_id, l.id, 'cadence', l.owner_id, false,
        (l.next_due_on + time '23:59:59') AT TIME ZONE 'Asia/Shanghai', l.next_due_on, 'cadence',
        '{"grade": "B"}', 'cadence:bench:' || l.id, 'open', c.number %% 10 = 0, false
    FROM leads_lead l JOIN leads_customer c ON c.id = l.customer_id
"""
WORLD = [CUSTOMERS, MODEL, LEADS, INTERESTS, TASKS]

PROPOSE = """
    INSERT INTO leads_lapseproposal (lead_id, store_id, owner_id, lapses_on, decision)
    SELECT id, store_id, owner_id, lapses_on, '' FROM leads_lead l
    WHERE status = 'active' AND owner_id IS NOT NULL AND lapses_on <= '2026-06-19'
        AND NOT EXISTS (SELECT 1 FROM leads_evidence e WHERE e.lead_id = l.id AND e.kind = 'deposit')
    ON CONFLICT DO NOTHING
"""
MISS = """
    UPDATE followups_task SET missed_on = due_on + 1
    WHERE state = 'open' AND due_at < '2026-06-18 16:00Z' AND missed_on IS NULL AND NOT catch_up
"""
ESCALATE = """
    UPDATE followups_task SET escalated = true, told_up = 2
    WHERE state = 'open' AND due_at < '2026-06-16 16:00Z' AND missed_on IS NOT NULL AND NOT catch_up
        AND assignee_id IS NOT NULL AND told_up < 2
"""
TELL = """
    UPDATE followups_task t SET told_up = 1 FROM leads_lead l
    WHERE l.id = t.lead_id AND t.state = 'open' AND t.due_at < '2026-06-17 16:00Z'
        AND t.missed_on IS NOT NULL AND NOT t.catch_up AND t.assignee_id IS NOT NULL AND t.told_up < 1
        AND (t.kind IN ('day_after', 'call_back')
            OR t.kind = 'cadence' AND l.grade IN ('O', 'H', 'A+', 'A'))
"""
SUGGEST = """
    UPDATE leads_lead l SET suggested_grade = 'H'
    WHERE status = 'active' AND expected_on BETWEEN '2026-06-19' AND '2026-06-26'
        AND grade <> 'H' AND suggested_grade <> 'H'
        AND EXISTS (SELECT 1 FROM leads_leadmodel m WHERE m.lead_id = l.id)
        AND EXISTS (SELECT 1 FROM leads_customer c WHERE c.id = l.customer_id AND c.name <> '')
"""
CATCH_UP = """
    UPDATE followups_task t SET due_on = d.due_on,
        due_at = (d.due_on + time '23:59:59') AT TIME ZONE 'Asia/Shanghai'
    FROM (
        SELECT t.id, date '2026-06-19' + ((row_number() OVER (
            PARTITION BY t.assignee_id
            ORDER BY l.grade, greatest(l.last_visit_at, l.last_contact_at), l.number) - 1) / 15)::int
            AS due_on
        FROM followups_task t JOIN leads_lead l ON l.id = t.lead_id
        WHERE t.state = 'open' AND t.catch_up AND t.assignee_id IS NOT NULL
    ) d WHERE d.id = t.id AND t.due_on <> d.due_on
"""
CATCH_UP_LEADS = """
    UPDATE leads_lead l SET next_due_on = t.due_on
    FROM followups_task t WHERE t.lead_id = l.id AND t.state = 'open' AND t.catch_up
        AND l.next_due_on <> t.due_on
"""
STUCK = """
    INSERT INTO followups_task (store_id, lead_id, kind, assignee_id, only_assignee, due_at, due_on, why,
        why_args, cause, state, catch_up, escalated)
    SELECT l.store_id, l.id, 'stuck', l.owner_id, false, t.due_at, t.due_on, 'stuck', '{"days": 7}',
        'stuck:' || l.id, 'open', false, false
    FROM leads_lead l JOIN followups_task t ON t.lead_id = l.id AND t.kind = 'cadence' AND t.state = 'open'
    WHERE l.status = 'active' AND l.has_cadence AND l.owner_id IS NOT NULL AND NOT t.catch_up
        AND l.step_entered_at < CASE WHEN l.step = 6 THEN timestamptz '2026-06-04 16:00Z'
            ELSE '2026-06-11 16:00Z' END
        AND NOT EXISTS (SELECT 1 FROM followups_task told WHERE told.cause = 'stuck:' || l.id)
"""
FLOOR = [PROPOSE, MISS, ESCALATE, TELL, SUGGEST, CATCH_UP, CATCH_UP_LEADS, STUCK]

UPDATE_ALL = "UPDATE followups_task SET missed_on = '2026-01-01' WHERE state = 'open'"
