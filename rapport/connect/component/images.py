"""Images."""

from typing import Any

from rapport.connect.action import Action, Body, Call, Input, Values
from rapport.connect.component.common import CONNECTION, CURSOR, FIELDS, PAGE, an_id, fields
from rapport.connect.failures import BadInput
from rapport.connect.inputs import File
from rapport.connect.running import body_of, shaped
from rapport.connect.session import Session
from rapport.connect.shapes import IMAGE, listed, resource, single

_ID = an_id("imageId", "Image ID", "155463624")
_NAME = Input(
    "imageName", "Image Name", note="What it is called; a name that is taken gets a suffix.", example="My Image"
)
_ONE = resource(IMAGE)
_BY_URL, _BY_FILE = "/api/images", "/api/image-upload"
_FROM_URL = Body("image", {"import_from_url": "imageUrl", "name": "imageName"})
# First bytes of the formats that may be uploaded -> name of the part and its type.
_FORMATS = {
    b"\xff\xd8\xff": ("image.jpeg", "image/jpeg"),
    b"\x89PNG": ("image.png", "image/png"),
    b"GIF8": ("image.gif", "image/gif"),
}


async def _upload(session: Session, values: Values) -> dict[str, Any]:
    """From a file, or from a URL or data URI that the host reads."""
    if ("fileData" in values) == ("imageUrl" in values):
        raise BadInput("fileData", "Either 'fileData' or 'imageUrl' is needed.")
    if "imageUrl" in values:
        answer = await session.ask("POST", _BY_URL, body=body_of(_FROM_URL, values), revision=UPLOAD.revision)
    else:
        form = {"name": values["imageName"]} if "imageName" in values else {}
        answer = await session.ask(
            "POST", _BY_FILE, files={"file": _part(values["fileData"])}, form=form, revision=UPLOAD.revision
        )
    return shaped(UPLOAD, values, answer)


def _part(file: File) -> tuple[str, bytes, str]:
    fits = (known for begin, known in _FORMATS.items() if file.content.startswith(begin))
    name, content_type = next(fits, ("image", "application/octet-stream"))
    return name, file.content, file.content_type or content_type


UPLOAD = Action(
    name="component.uploadImage",
    label="Upload Image",
    note="Keep an image, from a file, a URL or a data URI.",
    inputs=(
        CONNECTION,
        Input("fileData", "File Data", "file", "The file's contents."),
        _NAME,
        Input(
            "imageUrl",
            "Image URL",
            note="Where it is, or a data URI (`data:image/png;base64,…`).",
            example="https://example.com/image.jpg",
        ),
    ),
    calls=(Call("POST", _BY_URL, body=_FROM_URL), Call("POST", _BY_FILE)),
    output=single(_ONE),
    run=_upload,
    writes=True,
    scopes=("images:write",),
)

ACTIONS = (
    Action(
        name="component.getImage",
        label="Get Image",
        note="One image.",
        inputs=(CONNECTION, FIELDS, _ID),
        calls=(Call("GET", "/api/images/{imageId}", fields("image")),),
        output=single(_ONE),
        scopes=("images:read",),
    ),
    Action(
        name="component.listImages",
        label="List Images",
        note="The account's images.",
        inputs=(CONNECTION, FIELDS, CURSOR),
        calls=(Call("GET", "/api/images", {**fields("image"), **PAGE}),),
        output=listed(_ONE),
        scopes=("images:read",),
    ),
    Action(
        name="component.updateImage",
        label="Update Image",
        note="Rename, hide or show an image.",
        inputs=(CONNECTION, Input("imageHidden", "Image Hidden", "boolean", "Whether it is hidden."), _ID, _NAME),
        calls=(
            Call(
                "PATCH",
                "/api/images/{imageId}",
                body=Body("image", {"name": "imageName", "hidden": "imageHidden"}, id="imageId"),
            ),
        ),
        output=single(_ONE),
        writes=True,
        scopes=("images:write",),
    ),
    UPLOAD,
)
