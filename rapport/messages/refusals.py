"""What a refusal is about: the address, the mailbox, or the sender (RFC 5321, RFC 3463).

Servers refuse mail far more often because of the sender than because the mailbox does not exist. Only a refusal of the
address itself bars a recipient.
"""

import re
from enum import StrEnum

# `X.Y.Z` at the beginning of a reply's text
_ENHANCED = re.compile(r"([245])\.(\d{1,3}\.\d{1,3})(?!\d)")
# No such mailbox, no such system, has moved, takes no mail at all (RFC 7505).
_GONE = frozenset({"1.1", "1.2", "1.6", "1.10"})
_NO_ADDRESS = "1.3"
# The sender's own address and system.
_SENDERS_ADDRESS = frozenset({"1.7", "1.8"})
_DISABLED = ("5", "2.1")
# Codes that say nothing more than the reply's code does.
_UNSPECIFIC = frozenset({"", "0.0", "1.0"})
# At RCPT they mostly, but far from always, mean that there is no such mailbox.
_MAYBE_GONE = frozenset({550, 551, 553})
_STORAGE_EXCEEDED = 552
_PERMANENT = 500


class Stage(StrEnum):
    """What was refused: the sender (MAIL), the recipient (RCPT), the message (DATA), or all of it before it was said,
    by this side. Empty where there was no answer."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"
    OURS = "ours"
    NONE = ""


class Refusal(StrEnum):
    """`unconfirmed`: the mailbox may not exist; believed when the refusal is repeated a day later."""

    GONE = "gone"
    NO_ADDRESS = "no_address"
    UNCONFIRMED = "unconfirmed"
    MAILBOX = "mailbox"
    SENDER = "sender"


def judge(stage: Stage, code: int, text: str) -> Refusal:
    """What a refusal is about. `text`: the reply's, without its code."""
    enhanced_code = _ENHANCED.match(text)
    status, detail = (enhanced_code[1], enhanced_code[2]) if enhanced_code else ("", "")
    if stage is Stage.SENDER or detail in _SENDERS_ADDRESS:
        return Refusal.SENDER
    if code < _PERMANENT:
        return Refusal.MAILBOX
    if detail == _NO_ADDRESS:
        return Refusal.NO_ADDRESS
    if detail in _GONE or (status, detail) == _DISABLED:
        return Refusal.GONE
    if stage is Stage.OURS:
        return Refusal.SENDER
    if detail in _UNSPECIFIC:
        if stage is Stage.RECIPIENT and code in _MAYBE_GONE:
            return Refusal.UNCONFIRMED
        return Refusal.MAILBOX if code == _STORAGE_EXCEEDED else Refusal.SENDER
    # 1: other things about the address; 2: about the mailbox. The rest is about systems, routes, protocol and policy.
    return Refusal.MAILBOX if detail[:2] in ("1.", "2.") else Refusal.SENDER
