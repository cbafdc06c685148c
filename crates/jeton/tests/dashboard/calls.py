# Writes calls of the last 30 days into a database of SQLite, for pictures: what was used is not under any mark. Never for anything else.

import math
import random
import sqlite3
import sys
import time

HOUR = 3_600_000_000
OUTCOMES = [("ok", 1.0), ("insufficient_scope", 0.012), ("expired", 0.006), ("address_not_allowed", 0.004), ("rate_limited", 0.009)]

database = sqlite3.connect(sys.argv[1], timeout=30)
tokens = [row[0] for row in database.execute("SELECT id FROM tokens ORDER BY id LIMIT 12")]
now = int(time.time() * 1_000_000) // HOUR * HOUR
random.seed(7)
rows = []
for ago in range(1, 30 * 24):
    wave = 1 + 0.7 * math.sin((now // HOUR - ago - 9) / 24 * 2 * math.pi)
    for token in tokens:
        for outcome, share in OUTCOMES:
            count = int(260 * wave * share * random.uniform(0.7, 1.3))
            if count:
                rows.append((token, now - ago * HOUR, outcome, "GET /v1/orders/**", "192.0.2.0/24", 0, count))
database.executemany("INSERT OR IGNORE INTO usage_rollups VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
database.commit()
