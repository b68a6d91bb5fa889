INSERT INTO survey_version (id, survey_id, title, definition, created_at) VALUES
    ('5f1d7a84db00d2fc', 'devex-25', 'Developer experience', '{"id": "devex-25"}', '2026-10-05 08:00:00+00:00'),
    ('0c83f57c786a0b4a', 'devex-25', 'Developer experience, second edition', '{"id": "devex-25"}', '2026-10-06 08:00:00+00:00');

INSERT INTO program (id, name, survey_id, settings, paused, created_at, updated_at) VALUES
    (uuid '01926000-0000-7000-8000-000000000031', 'Quarterly', 'devex-25', '{"name": "Quarterly"}', FALSE, '2026-10-05 08:00:00+00:00', '2026-10-05 08:00:00+00:00'),
    (uuid '01926000-0000-7000-8000-000000000032', 'Pulse', 'devex-25', '{"name": "Pulse"}', TRUE, '2026-10-05 08:00:00+00:00', '2026-10-06 08:00:00+00:00');

INSERT INTO wave (id, program_id, label, survey_version, state, day, opens_at, closes_at, opened_at, closed_at, minimum_group, confidentiality) VALUES
    (uuid '01926000-0000-7000-8000-000000000041', uuid '01926000-0000-7000-8000-000000000031', '2026-Q3', '5f1d7a84db00d2fc', 'closed',
        '2026-07-14', '2026-07-14 10:00:00+00:00', '2026-07-28 10:00:00+00:00', '2026-07-14 10:00:01+00:00', '2026-07-28 10:00:01+00:00', 5, 'confidential'),
    (uuid '01926000-0000-7000-8000-000000000042', uuid '01926000-0000-7000-8000-000000000031', '2026-Q4', NULL, 'scheduled',
        '2026-10-13', '2026-10-13 10:00:00+00:00', '2026-10-27 10:00:00+00:00', NULL, NULL, 5, 'anonymous');

INSERT INTO participant (id, wave_id, person_id, team_path, attributes, timezone, locale) VALUES
    (uuid '01926000-0000-7000-8000-000000000051', uuid '01926000-0000-7000-8000-000000000041', uuid '01926000-0000-7000-8000-000000000011',
        'Engineering / Zahlungen & Ledger', '{"role": "staff"}', 'Europe/Warsaw', 'pl'),
    (uuid '01926000-0000-7000-8000-000000000052', uuid '01926000-0000-7000-8000-000000000041', NULL, '', '{}', 'UTC', NULL);

INSERT INTO invitation (id, participant_id, wave_id, token_hash, state, reminders) VALUES
    (uuid '01926000-0000-7000-8000-000000000061', uuid '01926000-0000-7000-8000-000000000051', uuid '01926000-0000-7000-8000-000000000041',
        bytea '\x9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'used', TRUE),
    (uuid '01926000-0000-7000-8000-000000000062', uuid '01926000-0000-7000-8000-000000000052', uuid '01926000-0000-7000-8000-000000000041',
        bytea '\x60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752', 'invited', FALSE);
