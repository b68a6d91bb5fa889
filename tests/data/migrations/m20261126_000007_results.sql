UPDATE wave SET released_at = '2026-08-03 09:00:00.123456+00:00', we_did = 'Zwei von uns beschleunigen die Tests, von Łódź aus.'
    WHERE id = uuid '01926000-0000-7000-8000-000000000041';
