INSERT INTO findings_part (wave_id, part, computed_at, content) VALUES
    (uuid '01926000-0000-7000-8000-000000000041', 'head', '2026-07-28 10:00:02+00:00', '{"wave":"2026-Q3"}'),
    (uuid '01926000-0000-7000-8000-000000000041', 'comments', '2026-07-28 10:00:02+00:00', '[{"text":"Zwei Tage für „grün“ ☂"}]');
