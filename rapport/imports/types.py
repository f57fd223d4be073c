"""Imports as they cross the API."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

ImportKind = Literal["profiles", "events", "orders"]
Channel = Literal["email", "sms"]
ConsentStatus = Literal["from_columns", "unchanged", "subscribed", "unsubscribed", "suppressed"]
Text = Annotated[str, Meta(max_length=255)]


class ConsentOf(msgspec.Struct, forbid_unknown_fields=True):
    """What the people of the file agreed to.

    status: from_columns (what its columns of consent say; without such columns consent is left alone), unchanged,
    subscribed (to `channels`, at `consented_at`, which `source` tells of; both are needed), unsubscribed (from
    `channels`), suppressed (their addresses are barred from e-mail marketing; consent stays).
    """

    status: ConsentStatus = "from_columns"
    channels: list[Channel] = msgspec.field(default_factory=lambda: ["email"])
    consented_at: datetime | None = None
    source: Text | None = None


class Options(msgspec.Struct, forbid_unknown_fields=True):
    """list_id: everybody joins this list; new_list: or one of this name, which is made when the import starts.
    start_flows: whether live flows of that list begin for them. metric: the event a row becomes where no column says
    so. country: where telephone numbers without +… are from."""

    list_id: str | None = None
    new_list: Text | None = None
    start_flows: bool = False
    consent: ConsentOf = msgspec.field(default_factory=ConsentOf)
    metric: Text | None = None
    country: Text | None = None


class Counts(msgspec.Struct):
    """People or events, by what becomes of their rows.

    added, updated: profiles that are new, and those that were there. joined: new on the list. subscribed,
    unsubscribed, suppressed: whose consent changes. left: who said no, or was barred, after the consent in the file.
    events: those handed to the pipeline.
    """

    added: int = 0
    updated: int = 0
    joined: int = 0
    subscribed: int = 0
    unsubscribed: int = 0
    suppressed: int = 0
    left: int = 0
    events: int = 0


class RefusedRow(msgspec.Struct):
    line: int
    reason: str


class ImportAttributes(msgspec.Struct):
    """An import.

    status: draft, checking, checked, running, complete, cancelled, failed (`problem` says why). size, position: bytes
    of the file, and how many of them were read. columns: in the order of the file; samples: its first rows, cells in
    that order. mapping: column to target. targets: what a column can be, beside properties.NAME and skip. rows: worked
    off so far, `refused` among them. refused_rows: the first of these; those of a list are left out.
    """

    file_name: str
    kind: ImportKind
    status: str
    size: int
    position: int
    rows: int
    refused: int
    counts: Counts
    columns: list[str]
    samples: list[list[str]]
    mapping: dict[str, str]
    targets: list[str]
    options: Options
    refused_rows: list[RefusedRow]
    problem: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ImportUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays. `mapping`: the whole of it; a column that it does not name is left out."""

    mapping: dict[str, str] | UnsetType = UNSET
    options: Options | UnsetType = UNSET


def counts_of(stored: Any) -> Counts:
    return msgspec.convert(stored, Counts)


def options_of(stored: Any) -> Options:
    return msgspec.convert(stored, Options)
