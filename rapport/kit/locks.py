"""Advisory locks of the database: the one list of their spaces, so that no two uses share one.

A space is the first key of a lock of two; the second says which account, sender or segment. Those of the whole
installation have a single key, which PostgreSQL keeps apart from the others.
"""

# ---- of the whole installation, one key

MIGRATIONS = 7_270_001
PARTITIONS = 7_270_002

# ---- of an account

# Whoever records an account's events, or moves them, holds it.
RECORDING = 7_270_003
# Batches of one account's messages are judged one after the other.
GATE = 7_270_005
# One sealer of an account's event lake.
SEALING = 7_270_006
# Two definitions of one account's segments are never changed at once.
SEGMENT_DEFINITIONS = 7_270_011
TAGS = 7_270_020

# ---- of something else, held by a session for as long as it lives

# A sender of messages, by its number.
SENDERS = 7_270_004
# A connection to the mail server, by its place; and, shared, whoever makes some (0).
SMTP_CONNECTIONS = 7_270_007
# A worker, by a number of its own; /health counts them.
WORKERS = 7_270_010
# Of this database alone: one cluster may hold several installations.
WORKERS_ALIVE = f"""
    SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
    WHERE l.locktype = 'advisory' AND l.classid = {WORKERS}"""
# A builder, by its segment.
SEGMENT_BUILDS = 7_270_012
# Whoever makes an export, by its job.
EXPORTS = 7_270_030
