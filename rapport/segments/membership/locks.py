"""The lock that orders everything that writes an account's memberships."""

from rapport.inbox import service as inbox
from rapport.profiles.merge import RECORDING_LOCK

# The pipeline tries it for each batch; a build and the timer wait for it. So every evaluation of one account happens
# at a later time of that account than the one before, and a boundary can't pass unseen between two of them.
LOCK_ACCOUNT = f"SELECT pg_advisory_xact_lock({RECORDING_LOCK}, %s)"
# A batch that was turned away meanwhile comes back at once and not at the worker's next look.
LET_GO = f"NOTIFY {inbox.CHANNEL}"
