"""A flow's own copies of templates: there as long as a message, a version or the draft of the flow names them."""

from collections.abc import Collection

from rapport.kit import db

_FORGET = """
    DELETE FROM templates t WHERE t.account_id = %(account)s AND NOT t.reusable
      AND (t.id = ANY(%(ids)s::bigint[]) OR t.public_id = ANY(%(public_ids)s::text[]))
      AND NOT EXISTS (SELECT FROM flow_messages m WHERE m.account_id = t.account_id AND m.template_id = t.id)
      AND NOT EXISTS (SELECT FROM flow_versions v WHERE v.account_id = t.account_id
                      AND v.flow_id = ANY(%(flows)s::bigint[]) AND t.public_id = ANY(v.template_ids))
      AND NOT EXISTS (SELECT FROM flow_drafts d WHERE d.account_id = t.account_id
                      AND d.flow_id = ANY(%(flows)s::bigint[])
                      AND strpos(d.definition::text, '"' || t.public_id || '"') > 0)"""


async def forget(
    conn: db.Connection,
    account_id: int,
    flow_ids: Collection[int],
    *,
    ids: Collection[int] = (),
    public_ids: Collection[str] = (),
) -> None:
    """Delete those of these templates that nothing of the flows names any more."""
    if ids or public_ids:
        parameters = {"account": account_id, "flows": list(flow_ids), "ids": list(ids), "public_ids": list(public_ids)}
        await db.execute(conn, _FORGET, parameters)
