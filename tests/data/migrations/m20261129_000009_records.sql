INSERT INTO import (kind, source, file, account_id, started_at, touched_at, finished_at, rows_total, rows_written, summary) VALUES
    ('ci-runs', 'file', 'ci_runs.csv', uuid '01926000-0000-7000-8000-000000000101', '2026-11-29 10:00:00+00:00', '2026-11-29 10:00:05+00:00',
        '2026-11-29 10:00:05+00:00', 2, 2, '{"created": 2}');

INSERT INTO ci_run (source, key, import, position, repository, "commit", workflow, started_at, verdict, finished_at, attempt, branch, author) VALUES
    ('file', 'example/ledger#c1#build#1780300800000000#1', 2, 0, 'example/ledger', 'c1', 'build', 1780300800000000, 'success', 1780300900000000,
        2147483647, 'main', 'ada'),
    ('file', 'example/ledger#c2#build#1780300800000000#', 2, 1, 'example/ledger', 'c2', 'build', 1780300800000000, 'failure', NULL, NULL, NULL,
        NULL);

INSERT INTO deployment (source, key, import, position, service, finished_at, verdict, environment, "commit", team) VALUES
    ('file', 'ledger#1780300800000000#production#c1', 2, 0, 'ledger', 1780300800000000, 'success', 'production', 'c1', 'Engineering'),
    ('file', 'search#1780300800000000##', 2, 1, 'search', 1780300800000000, 'success', NULL, NULL, NULL);

INSERT INTO incident (source, key, import, position, id, started_at, service, team, detected_at, resolved_at, severity, found_by) VALUES
    ('file', 'INC-1', 3, 0, 'INC-1', 1780300800000000, 'ledger', 'Engineering', 1780300860000000, 1780304400000000, '1', 'monitoring'),
    ('file', 'INC-2', 3, 1, 'INC-2', 1780300800000000, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO support_request (source, key, import, position, id, opened_at, type, pillar, team, requester, assigned_at, first_response_at,
        resolved_at, tier, escalated_at, title) VALUES
    ('file', 'R-1', 2, 0, 'R-1', 1780300800000000, 'access', 'internal-tooling', 'Engineering', 'ada', 1780300860000000, 1780300920000000,
        1780304400000000, 'front', 1780301400000000, 'No access to the registry'),
    ('file', 'R-2', 2, 1, 'R-2', 1780300800000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO reported_metric (source, key, import, position, metric, team, period_start, period_end, value, n) VALUES
    ('file', 'ai.active_share#Engineering#1780300800000000#1788249600000000', 2, 0, 'ai.active_share', 'Engineering', 1780300800000000,
        1788249600000000, 0.25, 40),
    ('file', 'ai.active_share##1780300800000000#1788249600000000', 2, 1, 'ai.active_share', NULL, 1780300800000000, 1788249600000000, 0.5, 0);

INSERT INTO metric_definition (source, key, import, position, id, definition) VALUES
    ('file', 'own.rate', 2, 0, 'own.rate', '{"id": "own.rate"}'),
    ('file', 'own.share', 2, 1, 'own.share', '{}');

INSERT INTO action (source, key, import, position, pillar, team, start, title) VALUES
    ('file', 'A cache#test-feedback#2026-10-01#Engineering', 2, 0, 'test-feedback', 'Engineering', '2026-10-01', 'A cache'),
    ('file', 'Hours#code-review#2026-Q4#', 2, 1, 'code-review', NULL, '2026-Q4', 'Hours');
