"""The account of a credential."""

from rapport.connect.action import Action, Call
from rapport.connect.component.common import CONNECTION, FIELDS, an_id, fields
from rapport.connect.shapes import listed, names, resource, single

_ADDRESS = names("address1 address2 city region country zip")
_CONTACT = names("defaultSenderName defaultSenderEmail websiteUrl organizationName", streetAddress=_ADDRESS)
ACCOUNT = resource(
    names("testAccount industry timezone preferredCurrency publicApiKey locale", contactInformation=_CONTACT)
)
ACTIONS = (
    Action(
        name="component.getAccount",
        label="Get Account",
        note="One account by its id.",
        inputs=(an_id("accountId", "Account ID", "AbC123"), CONNECTION, FIELDS),
        calls=(Call("GET", "/api/accounts/{accountId}", fields("account")),),
        output=single(ACCOUNT),
        scopes=("accounts:read",),
    ),
    Action(
        name="component.listAccounts",
        label="List Accounts",
        note="The account that the credential belongs to.",
        inputs=(CONNECTION, FIELDS),
        calls=(Call("GET", "/api/accounts", fields("account")),),
        output=listed(ACCOUNT),
        scopes=("accounts:read",),
    ),
)
