"""Imports as they cross the API."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

ImportKind = Literal["profiles", "events", "orders"]
Channel = Literal["email", "sms"]
ConsentStatus = Literal["from_columns", "unchanged", "subscribed", "unsubscribed", "suppressed"]
# named in the counts of an import
_MOST_METRICS = 50
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
    """list_ids: everybody joins these lists; new_list: or one of this name, which is made when the import starts.
    start_flows: whether live flows of these lists begin for them. metric: the event a row becomes where no column says
    so. country: where telephone numbers without +… are from."""

    list_ids: Annotated[list[str], Meta(max_length=100)] = msgspec.field(default_factory=list)
    new_list: Text | None = None
    start_flows: bool = False
    consent: ConsentOf = msgspec.field(default_factory=ConsentOf)
    metric: Text | None = None
    country: Text | None = None


class Counts(msgspec.Struct):
    """People or events, by what becomes of their rows.

    added, updated: profiles that are new, and those that were there. joined: new on the lists. subscribed,
    unsubscribed, suppressed: whose consent changes. left: who said no, or was barred, after the consent in the file.
    events: those handed to the pipeline; metrics: these by name, of the first fifty names.
    """

    added: int = 0
    updated: int = 0
    joined: int = 0
    subscribed: int = 0
    unsubscribed: int = 0
    suppressed: int = 0
    left: int = 0
    events: int = 0
    metrics: dict[str, int] = msgspec.field(default_factory=dict)

    def plus(self, other: "Counts") -> "Counts":
        """Of two parts of one file."""
        numbers = {
            name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__ if name != "metrics"
        }
        metrics = {
            name: self.metrics.get(name, 0) + other.metrics.get(name, 0) for name in {**self.metrics, **other.metrics}
        }
        return Counts(**numbers, metrics=metrics)

    def add_events(self, metrics: Iterable[str]) -> None:
        for name in metrics:
            self.events += 1
            if name in self.metrics or len(self.metrics) < _MOST_METRICS:
                self.metrics[name] = self.metrics.get(name, 0) + 1


class RefusedRow(msgspec.Struct):
    line: int
    reason: str


class ImportAttributes(msgspec.Struct):
    """An import.

    status: draft, checking, checked, running, complete, cancelled, failed (`problem` says why). size, position: bytes
    of the file, and how many of them were read. columns: in the order of the file; samples: its first rows, cells in
    that order. mapping: column to target. targets: what a column can be, beside properties.NAME and skip. rows: worked
    off so far, `refused` among them. refused_rows: the first of these. recorded: of `counts.events`, those that the
    pipeline has recorded by now; the others wait, are known already, or were set aside by it (`set_aside`). A list
    leaves out these three.
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
    recorded: int | None
    set_aside: int | None
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
