"""Calls one SDK in a process of its own, whose packages are those beside that SDK; started by `older_sdk`.

Reads lines of JSON, `{"id": operation, "args": [...], "kwargs": {...}}`, and answers each with one: what the SDK's
models parsed, the attributes they name that were not answered, and the requests sent; or `{"error": text}`.
Parameters that this SDK does not know are left out.
"""

import inspect
import json
import sys
import traceback
from collections.abc import Callable
from typing import Any

from klaviyo_api import KlaviyoAPI


def _operations(sdk: KlaviyoAPI) -> dict[str, Any]:
    """Operation id -> the object that has it as a method. Each is made once: that alone takes the SDK a second."""
    members = [getattr(sdk, name) for name in dir(sdk) if not name.startswith("_")]
    apis = [one for one in members if type(one).__module__.startswith("openapi_client.api.")]
    return {id: api for api in apis for id in dir(api) if not id.startswith("_")}


def _missing(model: Any, sent: Any) -> set[str]:
    """Attributes of resources that a model names and the answer lacks: it would take them for null."""
    model = getattr(model, "actual_instance", model)
    if isinstance(model, list):
        return {name for one, other in zip(model, sent, strict=True) for name in _missing(one, other)}
    if not hasattr(model, "model_fields_set") or not isinstance(sent, dict):
        return set()
    names = {name: field.alias or name for name, field in type(model).model_fields.items()}
    own = {*names.values()} - sent.keys() if type(model).__name__.endswith("Attributes") else set()
    below = [_missing(getattr(model, name), sent[shown]) for name, shown in names.items() if shown in sent]
    return own.union(*below)


def _answer(call: Callable[..., Any], args: list[Any], kwargs: dict[str, Any], bodies: list[bytes]) -> dict[str, Any]:
    known = inspect.signature(call).parameters
    try:
        answer = call(*args, **{name: value for name, value in kwargs.items() if name in known})
    except Exception:
        return {"error": traceback.format_exc(limit=-1)[-4000:]}
    if hasattr(answer, "model_dump"):
        return {"answer": answer.model_dump(mode="json"), "missing": sorted(_missing(answer, json.loads(bodies[-1])))}
    return {"answer": None} if answer is None else {"error": f"an answer that no model has parsed: {answer!r}"}


def main(url: str, key: str) -> None:
    sdk = KlaviyoAPI(key, max_retries=1, test_host=url)
    operations = _operations(sdk)
    requests: list[tuple[str, str]] = []
    bodies: list[bytes] = []
    send = sdk.api_client.rest_client.request

    def noted(method: str, address: str, *rest: Any, **options: Any) -> Any:
        requests.append((method, address.removeprefix(url).partition("?")[0]))
        response = send(method, address, *rest, **options)
        bodies.append(response.read())
        return response

    sdk.api_client.rest_client.request = noted
    print(json.dumps({"revision": sdk._REVISION}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        requests.clear()
        answer = _answer(getattr(operations[asked["id"]], asked["id"]), asked["args"], asked["kwargs"], bodies)
        print(json.dumps({**answer, "requests": requests}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
