"""The world of the measurement of pages: open leads of one store, skewed as a showroom's are.

Of a hundred leads four are H and two have a deal; names are of ten surnames, numbers Chinese mobiles.
Who owns a lead hangs on nothing else of it, so that everybody has the same mixture, however many there
are. Seven numbers end in 4321 and ten names begin with "qiao" in a small world as in a large one: else
what is looked for would hardly be there in the small one, and growth would be that of the answer.
"""

CUSTOMERS = """
    INSERT INTO leads_customer (group_id, number, kind, name, birthday, address, occupation, family,
        hobbies, current_car, language, wechat_added, card_opened_at, version)
    SELECT %(group)s, n, 'person',
        CASE WHEN n BETWEEN 11 AND 20 THEN '乔'
            ELSE (ARRAY['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴'])[1 + n %% 10] END
            || chr(19968 + n / 10 %% 2000) || chr(20500 + n / 7 %% 300),
        NULL, '', '', '', '', '', '', '', '2026-03-01 02:00Z', 1
    FROM generate_series(1, %(leads)s) n
"""
NAME_KEYS = """
    INSERT INTO leads_namekey (customer_id, group_id, key)
    SELECT c.id, c.group_id, k.key FROM leads_customer c, LATERAL (VALUES (c.name),
        (CASE WHEN c.number BETWEEN 11 AND 20 THEN 'qiao'
            ELSE (ARRAY['wang', 'li', 'zhang', 'liu', 'chen', 'yang', 'zhao', 'huang', 'zhou', 'wu'])
                [1 + c.number %% 10] END || 'xin' || c.number %% 2000)) k(key)
"""
PHONES = """
    INSERT INTO leads_contactpoint (customer_id, group_id, kind, value, tail, valid, shared, obtained_at)
    SELECT c.id, c.group_id, 'phone', p.value, right(p.value, 4), true, false, '2026-03-01 02:00Z'
    FROM leads_customer c, LATERAL (SELECT CASE
        WHEN number <= 7 THEN '+86136' || lpad(number::text, 4, '0') || '4321'
        WHEN number %% 10000 = 4321 THEN '+86137' || lpad((number - 1)::text, 8, '0')
        ELSE '+86138' || lpad(number::text, 8, '0') END AS value) p
"""
MODELS = """
    INSERT INTO leads_carmodel (group_id, brand, code, name_en, name_zh, active)
    SELECT %(group)s, 'Bench', 'm' || n, 'Model ' || n, '车型' || n, true FROM generate_series(1, 12) n
"""
LEADS = """
    INSERT INTO leads_lead (number, customer_id, store_id, car_no, step, skipped, status, void_reason,
        grade, suggested_grade, owner_id, source_group, remark, created_at, arrived_at, step_entered_at,
        last_visit_at, last_contact_at, has_cadence, next_due_on, priority, revived, version)
    SELECT 'L-260301-' || c.number, c.id, %(store)s, 1, s.step, '', 'active', '',
        (ARRAY['H', 'A', 'A', 'A', 'B', 'B', 'B', 'B', 'B', 'C', 'C', 'C', 'C', 'C', 'C', 'C', 'C', 'C',
               'C', 'C', 'C', 'C', 'C', 'C', 'none'])[1 + c.number %% 25], '',
        CASE WHEN c.number %% 50 > 0
            THEN (SELECT min(id) FROM accounts_user) + abs(hashint4(c.number::int) %% %(people)s) END,
        '', '', '2026-03-01 02:00Z', '2026-03-01 02:00Z', timestamptz '2026-03-05 02:00Z',
        '2026-03-05 02:00Z', '2026-03-08 02:00Z', d.due_on IS NOT NULL, d.due_on, c.number %% 30 = 7, 0, 1
    FROM leads_customer c,
        LATERAL (SELECT (ARRAY[2, 2, 2, 2, 3, 3, 4, 5, 5, 6])[1 + c.number / 3 %% 10]
            + CASE WHEN c.number %% 51 = 0 THEN 1 ELSE 0 END AS step) s,
        LATERAL (SELECT CASE WHEN c.number %% 40 > 0
            THEN date '2026-03-10' + (c.number / 7 %% 60)::int END AS due_on) d
"""
INTERESTS = """
    INSERT INTO leads_leadmodel (lead_id, car_model_id, rank)
    SELECT l.id, (SELECT min(id) FROM leads_carmodel) + l.id %% 12, 1 FROM leads_lead l
"""
TASKS = """
    INSERT INTO followups_task (store_id, lead_id, kind, assignee_id, only_assignee, due_at, due_on, why,
        why_args, cause, state, catch_up, escalated)
    SELECT store_id, id, 'cadence', owner_id, false,
        (next_due_on + time '23:59:59') AT TIME ZONE 'Asia/Shanghai', next_due_on, 'cadence',
        '{"grade": "B"}', 'cadence:bench:' || id, 'open', false, false
    FROM leads_lead WHERE next_due_on IS NOT NULL
"""
NUMBERS = (
    "INSERT INTO accounts_counter (scope, period, last) VALUES ('customer:' || %(group)s, '', %(leads)s)"
)
WORLD = [CUSTOMERS, NAME_KEYS, PHONES, MODELS, LEADS, INTERESTS, TASKS, NUMBERS]
