"""Calls of jobs over people; see `calls`."""

from collections.abc import Callable
from typing import Any

from tests.parity.world import World, resource


def _import(world: World, *profiles: dict[str, Any]) -> Any:
    sent = profiles or ({"email": world.address(), "first_name": "Bo"},)
    body = resource("profile-bulk-import-job", profiles={"data": [resource("profile", **one)["data"] for one in sent]})
    body["data"]["relationships"] = {"lists": {"data": [{"type": "list", "id": world.list}]}}
    return world.sdk.Profiles.bulk_import_profiles(body)


def _errors(world: World) -> Any:
    found = world.sdk.Profiles.get_errors_for_bulk_import_profiles_job(world.import_job)
    assert found.data[0].attributes.original_payload["attributes"] == {"email": "nonsense"}
    return found


def _deletion(world: World) -> Any:
    whose = resource("profile", email=world.address())
    return world.sdk.Data_Privacy.request_profile_deletion(resource("data-privacy-deletion-job", profile=whose))


CALLS: dict[str, Callable[[World], Any]] = {
    "bulk_import_profiles": _import,
    "get_bulk_import_profiles_jobs": lambda w: (
        w.import_job
        and w.sdk.Profiles.get_bulk_import_profiles_jobs(
            filter='equals(status,"complete")', sort="-created_at", page_size=5
        )
    ),
    "get_bulk_import_profiles_job": lambda w: w.sdk.Profiles.get_bulk_import_profiles_job(
        w.import_job, include=["lists"]
    ),
    "get_list_for_bulk_import_profiles_job": lambda w: w.sdk.Profiles.get_list_for_bulk_import_profiles_job(
        w.import_job
    ),
    "get_list_ids_for_bulk_import_profiles_job": lambda w: w.sdk.Profiles.get_list_ids_for_bulk_import_profiles_job(
        w.import_job
    ),
    "get_profiles_for_bulk_import_profiles_job": lambda w: w.sdk.Profiles.get_profiles_for_bulk_import_profiles_job(
        w.import_job
    ),
    "get_profile_ids_for_bulk_import_profiles_job": (
        lambda w: w.sdk.Profiles.get_profile_ids_for_bulk_import_profiles_job(w.import_job)
    ),
    "get_errors_for_bulk_import_profiles_job": _errors,
    "request_profile_deletion": _deletion,
}
