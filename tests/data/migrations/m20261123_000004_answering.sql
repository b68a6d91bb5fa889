INSERT INTO draft (invitation_id, sealed, day) VALUES
    (uuid '01926000-0000-7000-8000-000000000061', bytea '\x', '2026-07-14'),
    (uuid '01926000-0000-7000-8000-000000000062', bytea '\x00ff10', '2026-07-15');

INSERT INTO response (id, wave_id, pseudonym, team_path, attributes, answers, day) VALUES
    (uuid '8c5b2f66-6f0f-4a39-9d53-0f4c2f6f0001', uuid '01926000-0000-7000-8000-000000000041',
        bytea '\x2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae', 'Engineering / Zahlungen & Ledger', '{"role": "staff"}',
        '{"test-feedback": 4}', '2026-07-14'),
    (uuid '1f0e3dad-9990-4cb1-a4d5-0f4c2f6f0002', uuid '01926000-0000-7000-8000-000000000041', NULL, '', '{}', '{}', '2026-07-15');

INSERT INTO comment (id, wave_id, item_id, team_path, text, day) VALUES
    (uuid '0f2b7d4e-1b53-4b88-8c0a-0f4c2f6f0003', uuid '01926000-0000-7000-8000-000000000041', 'comment:test-feedback', 'Engineering', 'Żółte światło ☂', '2026-07-14'),
    (uuid 'd3f1c0aa-7a4e-4f0e-b2b7-0f4c2f6f0004', uuid '01926000-0000-7000-8000-000000000041', 'comment', '', 'Two
lines', '2026-07-15');
