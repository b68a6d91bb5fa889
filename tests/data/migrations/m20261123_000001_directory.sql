INSERT INTO team (id, parent_id, path, name) VALUES
    (uuid '01926000-0000-7000-8000-000000000001', NULL, 'Engineering', 'Engineering'),
    (uuid '01926000-0000-7000-8000-000000000002', uuid '01926000-0000-7000-8000-000000000001', 'Engineering / Zahlungen & Ledger', 'Zahlungen & Ledger');

INSERT INTO person (id, external_id, email, name, team_id, manager_id, timezone, locale, active, attributes, created_at, updated_at) VALUES
    (uuid '01926000-0000-7000-8000-000000000011', 'E-1', 'ada@example.org', 'Ada Łączna', uuid '01926000-0000-7000-8000-000000000002', NULL,
        'Europe/Warsaw', 'pl', TRUE, '{"role": "staff", "location": "Wrocław"}', '2026-10-05 08:00:00+00:00', '2026-10-05 08:00:00.123456+00:00'),
    (uuid '01926000-0000-7000-8000-000000000012', 'bo@example.org', 'bo@example.org', NULL, NULL, uuid '01926000-0000-7000-8000-000000000011',
        NULL, NULL, FALSE, '{}', '2026-10-05 08:00:00+00:00', '2026-10-05 08:00:00+00:00');

INSERT INTO identity (id, person_id, provider, login) VALUES
    (uuid '01926000-0000-7000-8000-000000000021', uuid '01926000-0000-7000-8000-000000000011', 'github', 'ada'),
    (uuid '01926000-0000-7000-8000-000000000022', uuid '01926000-0000-7000-8000-000000000011', 'jira', 'ada');
