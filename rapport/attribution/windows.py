"""An account's attribution settings: which touches count, and for how long (behaviour-messaging 5.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from rapport.accounts.types import Account
from rapport.kit.refusals import Refused
from rapport.messages.credits import SETTING

MAX_DAYS, MAX_HOURS = 90, 720


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long after a touch an event is credited to it: 1 to 90 days, or 1 to 720 hours, both ends included."""

    value: Annotated[int, msgspec.Meta(ge=1, le=MAX_HOURS)]
    unit: Literal["days", "hours"]

    def length(self) -> timedelta:
        return timedelta(**{self.unit: self.value})


class Windows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A window for each kind of touch; null = such touches get no credit.

    E-mail 5 days and SMS 1 day are the cooperative model's own defaults; the others are those of 5.2.
    """

    email_click: Window | None = Window(5, "days")
    email_open: Window | None = Window(5, "days")
    sms_click: Window | None = Window(1, "days")
    sms_open: Window | None = Window(1, "days")
    sms_receipt: Window | None = Window(12, "hours")
    push_open: Window | None = Window(24, "hours")
    whatsapp_click: Window | None = Window(5, "days")
    whatsapp_open: Window | None = Window(12, "hours")


_Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]


class PositionWeights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Percent of an order for its first touch, for those between together, and for its last; 100 in all.

    Of two touches, each gets its part of `first` and `last`; a single touch gets everything.
    """

    first: _Percent = 40
    middle: _Percent = 20
    last: _Percent = 40


ModelName = Literal["last-touch", "first-touch", "linear", "time-decay", "position-based"]


class AttributionSettings(msgspec.Struct, frozen=True):
    """What decides who earned what.

    `model`: whom reports, events and metric aggregates credit. Whatever the model, each touch is tested with its own
    window. `exclude_transactional`: messages that are no marketing; `exclude_bot_clicks`, `exclude_machine_opens`:
    touches a machine made. `time_decay_half_life`: a touch that much older than the newest counts half as much.
    `subtract_refunds`: orders are credited with what is left of them after Cancelled Order and Refunded Order.
    """

    model: ModelName = "last-touch"
    windows: Windows = Windows()
    exclude_transactional: bool = False
    exclude_bot_clicks: bool = True
    exclude_machine_opens: bool = False
    time_decay_half_life: Window = Window(7, "days")
    position_weights: PositionWeights = PositionWeights()
    subtract_refunds: bool = True


_Change = Window | None | UnsetType


class WindowsUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """A change of some windows; null switches a kind of touch off, what is absent stays."""

    email_click: _Change = UNSET
    email_open: _Change = UNSET
    sms_click: _Change = UNSET
    sms_open: _Change = UNSET
    sms_receipt: _Change = UNSET
    push_open: _Change = UNSET
    whatsapp_click: _Change = UNSET
    whatsapp_open: _Change = UNSET


class RulesUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """A change of some settings that are the same for every model; what is absent stays."""

    windows: WindowsUpdate | UnsetType = UNSET
    exclude_transactional: bool | UnsetType = UNSET
    exclude_bot_clicks: bool | UnsetType = UNSET
    exclude_machine_opens: bool | UnsetType = UNSET
    time_decay_half_life: Window | UnsetType = UNSET
    position_weights: PositionWeights | UnsetType = UNSET
    subtract_refunds: bool | UnsetType = UNSET


class SettingsUpdate(RulesUpdate):
    """A change of some settings; what is absent stays."""

    model: ModelName | UnsetType = UNSET


@dataclass(frozen=True)
class Rule:
    """One kind of touch: an engagement of `channel` and `kind`; of two at the same moment the higher `rank` wins.

    name: of its field in Windows. window: null = such touches get no credit.
    """

    name: str
    channel: str
    kind: str
    rank: int
    window: timedelta | None


# field of Windows -> channel, kind and rank of the engagement: click over open over receipt (5.4)
_TOUCHES: Mapping[str, tuple[str, str, int]] = {
    "email_click": ("email", "clicked", 3),
    "email_open": ("email", "opened", 2),
    "sms_click": ("sms", "clicked", 3),
    "sms_open": ("sms", "opened", 2),
    "sms_receipt": ("sms", "received", 1),
    "push_open": ("push", "opened", 2),
    "whatsapp_click": ("whatsapp", "clicked", 3),
    "whatsapp_open": ("whatsapp", "opened", 2),
}


def settings_of(account: Account) -> AttributionSettings:
    """The settings that the account's credits follow, with the defaults for what was never set."""
    return msgspec.convert(account.settings.get(SETTING, {}), AttributionSettings)


def changed(settings: AttributionSettings, update: RulesUpdate) -> AttributionSettings:
    """The settings with what the update says. Raises Refused for a window that is too long, and for weights that are
    not 100 percent in all."""
    changes = {name: value for name, value in _present_fields(update).items() if name in settings.__struct_fields__}
    if "windows" in changes:
        windows = _present_fields(changes["windows"])
        for name, window in windows.items():
            _check_length(window, f"windows/{name}")
        changes["windows"] = msgspec.structs.replace(settings.windows, **windows)
    _check_length(changes.get("time_decay_half_life"), "time_decay_half_life")
    _check_sum(changes.get("position_weights"))
    return msgspec.structs.replace(settings, **changes)


def _present_fields(update: msgspec.Struct) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(update).items() if value is not UNSET}


def _check_length(window: Window | None, field: str) -> None:
    if window is not None and window.unit == "days" and window.value > MAX_DAYS:
        detail = f"A window has at most {MAX_DAYS} days or {MAX_HOURS} hours."
        raise Refused(detail, pointer=f"/data/attributes/{field}")


def _check_sum(weights: PositionWeights | None) -> None:
    if weights is not None and weights.first + weights.middle + weights.last != 100:
        detail = "first, middle and last are percent of an order: they must be 100 in all."
        raise Refused(detail, pointer="/data/attributes/position_weights")


def rules(settings: AttributionSettings) -> list[Rule]:
    """One for each kind of touch, in the order of the fields of Windows."""
    windows: dict[str, Window | None] = msgspec.structs.asdict(settings.windows)
    return [
        Rule(name, channel, kind, rank, window.length() if (window := windows[name]) else None)
        for name, (channel, kind, rank) in _TOUCHES.items()
    ]
