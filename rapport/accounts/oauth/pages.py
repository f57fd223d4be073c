"""What a person sees whom an application sends here: the question, and why it can't be put."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from rapport.accounts.oauth.wording import in_words
from rapport.kit.pages import bullets, button, link, page

ALLOW, REFUSE = "allow", "refuse"


def consent(account: str, app: str, scopes: list[str], redirect_uri: str, hidden: Mapping[str, str]) -> str:
    """`hidden`: fields that the answer carries."""
    buttons = [button("Allow", ALLOW, hidden=hidden), button("Refuse", REFUSE, quiet=True, hidden=hidden)]
    title = f"“{app}” wants access to {account}"
    where = f"Either way you go back to {urlsplit(redirect_uri).netloc}."
    return page(
        account,
        title,
        f"If you allow it, it can do the following until its access is ended. {where}",
        forms=[bullets(in_words(scopes)), *buttons],
    )


def sign_in_first(sign_in: str) -> str:
    """`sign_in`: the address of the sign-in page, which leads back here."""
    text = (
        "An application asks for access to your account. Sign in, and this question comes again. (Without a password "
        "yet? On the server, the command “rapport sign-in” prints a link.)"
    )
    return page("", "Sign in first", text, forms=[link("Sign in", sign_in)])


def not_yours_to_allow(account: str, app: str, lacking: list[str]) -> str:
    text = (
        f"“{app}” asks for more than your role in {account} allows you yourself: {', '.join(lacking)}. Nothing was "
        "allowed. Ask an owner or admin to connect it."
    )
    return page(account, "This is not yours to allow", text)


def unknown_app() -> str:
    text = (
        "The application that sent you here is not registered in this installation, or it wants to send you to an "
        "address that is not registered for it. Nothing was allowed. Tell whoever runs it: client_id or redirect_uri "
        "is wrong."
    )
    return page("", "This request can't be trusted", text)


def stale() -> str:
    text = (
        "It was made for another sign-in, or changed on its way. Nothing was allowed. Begin again in the application."
    )
    return page("", "This answer doesn't fit the question", text)
