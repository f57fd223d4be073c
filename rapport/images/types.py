"""Images as they cross the API (behaviour-rest 12)."""

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType


class ImageAttributes(msgspec.Struct):
    """`format`: jpeg, png or gif. `size`: bytes of the file under `image_url`."""

    name: str | None = None
    image_url: str | None = None
    format: str | None = None
    size: int | None = None
    hidden: bool | None = None
    updated_at: datetime | None = None


class ImageImport(msgspec.Struct, forbid_unknown_fields=True):
    """`import_from_url`: an address, or a `data:` URI in base64. `name`: that of the file by default."""

    import_from_url: str
    name: str | None = None
    hidden: bool | None = None


class ImageUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent or null stays as it is."""

    name: str | None | UnsetType = UNSET
    hidden: bool | None | UnsetType = UNSET
