"""What a provider's webhook says."""

from dataclasses import dataclass

from rapport.bounces.reports import Report


@dataclass(frozen=True)
class Told:
    """message: what names it, as we wrote it into its header or return address; "" where neither came back.
    report: what became of it, None = nothing that counts. confirm: an address to be visited, once, before the provider
    tells anything."""

    message: str = ""
    report: Report | None = None
    confirm: str | None = None
