"""Consent computed another way: plain objects, one rule after the other (behaviour-people 2.1 to 2.6, 2.11)."""

from dataclasses import dataclass, field

NEVER, YES, NO = "NEVER_SUBSCRIBED", "SUBSCRIBED", "UNSUBSCRIBED"
LIFTED = {"UNSUBSCRIBE", "SPAM_COMPLAINT", "USER_SUPPRESSED"}
UNDELIVERABLE = {"HARD_BOUNCE", "INVALID_EMAIL", "SPAM_COMPLAINT"}
TEXTS = {"sms", "sms_transactional"}
WHATSAPPS = {"whatsapp", "whatsapp_transactional", "whatsapp_conversational"}
TRACKING = {"open_tracking", "click_tracking"}
CHANNELS = ("email", *sorted(TEXTS), *sorted(WHATSAPPS), "push", *sorted(TRACKING))


@dataclass
class Somebody:
    """A person as the account should know them."""

    consent: dict[str, str] = field(default_factory=dict)
    suppressions: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    soft: int = 0

    def said(self, channel: str) -> str:
        return self.consent.get(channel, NEVER)

    # ---- what happens to them

    def subscribe(self, channels: set[str], to: str | None, token: str) -> None:
        if "sms" in channels:
            channels = channels | {"sms_transactional"}
        for channel in channels:
            self.consent[channel] = YES
        if "push" in channels:
            self.tokens.add(token)
        if "email" in channels:
            self.suppressions -= LIFTED
            self.left.discard(to or "")
        if to and channels - TRACKING:
            self.lists.add(to)

    def unsubscribe(self, channels: set[str], of: str | None, token: str) -> None:
        if "push" in channels:
            self.tokens.discard(token)
            channels = channels - ({"push"} if self.tokens else set())
        if "email" in channels and of in self.lists:
            self.leave(of or "")
            channels = channels - {"email"}
        self.end(channels | (TEXTS if channels & TEXTS else set()))

    def leave(self, list_id: str) -> None:
        self.lists.discard(list_id)
        self.left.add(list_id)

    def end(self, channels: set[str], reason: str = "UNSUBSCRIBE") -> None:
        for channel in channels:
            self.consent[channel] = NO
        if "email" in channels:
            self.suppressions.add(reason)

    def bounce(self, *, hard: bool) -> None:
        self.soft += not hard
        if hard or self.soft > 7:
            self.suppressions.add("HARD_BOUNCE")

    def change_number(self) -> None:
        for channel in TEXTS | WHATSAPPS:
            self.consent.pop(channel, None)

    # ---- what may be sent to them

    def may_get_mail(self, groups: tuple[str, ...], *, transactional: bool) -> bool:
        if transactional:
            return not self.suppressions & UNDELIVERABLE
        is_left = self.left & {*groups} and not (self.lists - self.left) & {*groups}
        return not self.suppressions and self.said("email") != NO and not is_left

    def may_get(self, channel: str, *, transactional: bool) -> bool:
        """A text, a WhatsApp message or a push."""
        kind = f"{channel}_transactional" if transactional and channel != "push" else channel
        return self.said(kind) == YES
