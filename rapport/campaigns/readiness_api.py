"""What is in a campaign's way, whom it would reach and what would happen, in one answer for its composer."""

from datetime import datetime, timedelta

import msgspec

from rapport.accounts.api import account_of
from rapport.accounts.types import Account
from rapport.campaigns import readiness
from rapport.campaigns.api import READ
from rapport.campaigns.plan import Plan
from rapport.campaigns.reach import PassedOver
from rapport.campaigns.readiness import Problem, Whole
from rapport.campaigns.reading import campaign_tree
from rapport.kit.jsonapi import AnyCall, Operation, Record, Resource, operation
from rapport.kit.ratelimit import L
from rapport.kit.rooms import Process


class GroupName(msgspec.Struct):
    """A list or a segment; `name` null = it was deleted."""

    id: str
    kind: str | None
    name: str | None


class CampaignReadinessAttributes(msgspec.Struct):
    """`is_ready`: nothing blocks. `members`: of the audience; `recipients`: of them, who would get it as things stand;
    `never_subscribed`: of the recipients, who was never asked. `begins_at`: when the first goes, null = at once;
    `ends_at`: where it goes gradually, about when the last."""

    is_ready: bool
    problems: list[Problem]
    members: int
    recipients: int
    never_subscribed: int
    passed_over: list[PassedOver]
    included: list[GroupName]
    excluded: list[GroupName]
    strategy: str
    begins_at: datetime | None
    ends_at: datetime | None


READINESS = Resource("campaign-readiness", "/api/campaigns", CampaignReadinessAttributes, self_link=False)


def operations(process: Process) -> list[Operation]:
    can_mail = process.settings.smtp_url is not None

    @operation("get_campaign_readiness", "GET", "/api/campaigns/{id}/readiness", scopes=READ, rate=L, answers=READINESS)
    async def get_campaign_readiness(call: AnyCall) -> Record:
        """As things stand now: the estimate follows what becomes of the audience."""
        async with call.transaction() as conn:
            loaded = await campaign_tree(call, conn, call.path["id"])
            of = await readiness.whole(conn, account_of(call), loaded, can_mail=can_mail)
        return Record(call.path["id"], _attributes(of, await readiness.problems(of)), resource=READINESS)

    return [get_campaign_readiness]


def _attributes(of: Whole, problems: list[Problem]) -> CampaignReadinessAttributes:
    begins, ends = _times(of.account, of.plan)
    return CampaignReadinessAttributes(
        is_ready=not any(problem.blocks for problem in problems),
        problems=problems,
        members=of.reach.members,
        recipients=of.reach.recipients,
        never_subscribed=of.reach.never_subscribed,
        passed_over=of.reach.passed_over,
        included=_named(of, [id for one in of.loaded.audiences for id in one.included]),
        excluded=_named(of, [id for one in of.loaded.audiences for id in one.excluded]),
        strategy=of.plan.strategy,
        begins_at=begins,
        ends_at=ends,
    )


def _named(of: Whole, ids: list[str]) -> list[GroupName]:
    known = {id: of.groups.get(id) for id in ids}
    return [GroupName(id, group.kind if group else None, group.name if group else None) for id, group in known.items()]


def _times(account: Account, plan: Plan) -> tuple[datetime | None, datetime | None]:
    if plan.strategy == "immediate":
        return None, None
    begins = plan.begins(account.now())
    if plan.strategy == "throttled" and plan.percentage:
        return begins, begins + timedelta(hours=-(-100 // plan.percentage) - 1)
    return begins, None
