INSERT INTO pull_request (id, repository, number, author, person_id, team_path, bot, first_commit_at, last_commit_at, created_at, ready_at,
        first_review_at, approved_at, merged_at, closed_at, deployed_at, merged_by, commits, additions, deletions, changed_files, review_rounds) VALUES
    (uuid '01926000-0000-7000-8000-000000000091', 'example/ledger', 1, 'ada', uuid '01926000-0000-7000-8000-000000000011', 'Engineering', FALSE,
        '2026-06-01 08:00:00+00:00', '2026-06-01 09:00:00+00:00', '2026-06-01 10:00:00+00:00', '2026-06-01 11:00:00+00:00',
        '2026-06-01 12:00:00+00:00', '2026-06-01 13:00:00+00:00', '2026-06-01 14:00:00+00:00', '2026-06-01 14:00:00+00:00',
        '2026-06-01 15:00:00+00:00', 'bo', 3, 2147483647, 0, 12, 2),
    (uuid '01926000-0000-7000-8000-000000000092', 'example/ledger', 9223372036854775807, 'update-bot', NULL, NULL, TRUE,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO findings (wave_id, document, computed_at) VALUES
    (uuid '01926000-0000-7000-8000-000000000041', '{"wave": "2026-Q3"}', '2026-07-28 10:00:02+00:00'),
    (uuid '01926000-0000-7000-8000-000000000042', '{}', '2026-10-27 10:00:02+00:00');
