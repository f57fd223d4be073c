"""Tables of consent that belong to lists; those of people are beside the profiles."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, text

from rapport.kit.db import metadata

# What a list does otherwise than its account (behaviour-people 2.6, 2.9). No row = nothing.
list_consents = Table(
    "list_consents",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("list_id", BigInteger, primary_key=True),
    # null = as the account
    Column("global_unsubscribe", Boolean),
    Column("on_preference_page", Boolean, nullable=False, server_default=text("true")),
)
