"""People by the beginning of an address, number, id or name.

Beginnings are found in B-trees that compare bytes (`text_pattern_ops`), whatever the collation of the database, and by
two operators instead of LIKE: a plan that is kept for any parameter can't use the index for LIKE.
"""

from typing import Any

from rapport.kit import db, mailboxes

# After every text that begins as the one before it.
_LAST = "\U0010ffff"
_FOUND = """
    (SELECT i.profile_id AS id FROM profile_identifiers i
     WHERE i.account_id = %(account)s AND i.kind < 4 AND i.value ~>=~ %(value)s AND i.value ~<~ %(value_end)s
     ORDER BY i.value USING ~<~ LIMIT %(most)s)
    UNION ALL
    (SELECT i.profile_id FROM profile_identifiers i
     WHERE i.account_id = %(account)s AND i.kind < 4 AND i.value ~>=~ %(given)s AND i.value ~<~ %(given_end)s
     ORDER BY i.value USING ~<~ LIMIT %(most)s)
    UNION ALL
    (SELECT p.id FROM profiles p
     WHERE p.account_id = %(account)s AND lower(p.last_name) ~>=~ %(word)s AND lower(p.last_name) ~<~ %(word_end)s
       AND (%(one)s OR starts_with(lower(p.first_name), %(before)s))
     ORDER BY lower(p.last_name) USING ~<~ LIMIT %(most)s)
    UNION ALL
    (SELECT p.id FROM profiles p
     WHERE p.account_id = %(account)s AND lower(p.first_name) ~>=~ %(word)s AND lower(p.first_name) ~<~ %(word_end)s
       AND (%(one)s OR starts_with(lower(p.last_name), %(before)s))
     ORDER BY lower(p.first_name) USING ~<~ LIMIT %(most)s)
    UNION ALL
    SELECT p.id FROM profiles p WHERE p.account_id = %(account)s AND p.ulid = %(ulid)s"""
_PEOPLE = f"""
    SELECT p.ulid, p.email, p.phone_number, p.external_id, p.first_name, p.last_name
    FROM (SELECT DISTINCT id FROM ({_FOUND}) AS found) AS found
    JOIN profiles p ON p.account_id = %(account)s AND p.id = found.id
    ORDER BY p.email = %(value)s DESC NULLS LAST, p.email NULLS LAST, p.id LIMIT %(most)s"""
# what people write a number with
_SPACES = str.maketrans("", "", " ()-/")


async def people(conn: db.Connection, account_id: int, query: str, most: int) -> list[dict[str, Any]]:
    """At most `most`: who has exactly this address first, then by address. Of several words the first and the last are
    names, in either order."""
    words = query.lower().split()
    number = query.translate(_SPACES)
    value = number if number.removeprefix("+").isdigit() else mailboxes.identity(query)
    parameters = {
        "account": account_id,
        "most": most,
        "one": len(words) == 1,
        "ulid": query.upper(),
        "before": words[0],
        **_beginning("value", value),
        **_beginning("given", query),
        **_beginning("word", words[-1]),
    }
    return await db.dicts(conn, _PEOPLE, parameters)


def _beginning(name: str, text: str) -> dict[str, str]:
    return {name: text, f"{name}_end": text + _LAST}
