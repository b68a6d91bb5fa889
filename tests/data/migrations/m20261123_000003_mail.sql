INSERT INTO message (id, dedup_key, kind, wave_id, invitation_id, recipient, parameters, message_id, state, attempts, next_attempt_at, lease_until,
        lease_owner, last_error, sent_at, created_at) VALUES
    (uuid '01926000-0000-7000-8000-000000000071', 'invitation:1', 'invitation', uuid '01926000-0000-7000-8000-000000000041',
        uuid '01926000-0000-7000-8000-000000000061', 'ada@example.org', '{"name": "Ada"}', '<1@example.org>', 'sent', 2, '2026-07-14 10:00:00+00:00',
        '2026-07-14 10:05:00+00:00', 'worker-1', '451 try again later', '2026-07-14 10:01:00.000001+00:00', '2026-07-14 10:00:00+00:00'),
    (uuid '01926000-0000-7000-8000-000000000072', 'sign_in:1', 'sign_in', NULL, NULL, 'bo@example.org', '{}', '<2@example.org>', 'queued', 0,
        '2026-07-14 10:00:00+00:00', NULL, NULL, NULL, NULL, '2026-07-14 10:00:00+00:00');

INSERT INTO job (id, kind, dedup_key, payload, state, run_at, attempts, lease_until, lease_owner, last_error, created_at, finished_at) VALUES
    (uuid '01926000-0000-7000-8000-000000000081', 'close', 'close:1', '{"wave": "2026-Q3"}', 'done', '2026-07-28 10:00:00+00:00', 1,
        '2026-07-28 10:05:00+00:00', 'worker-1', 'connection lost', '2026-07-14 10:00:00+00:00', '2026-07-28 10:00:01+00:00'),
    (uuid '01926000-0000-7000-8000-000000000082', 'open', 'open:1', '{}', 'queued', '2026-10-13 10:00:00+00:00', 0, NULL, NULL, NULL,
        '2026-10-05 08:00:00+00:00', NULL);
