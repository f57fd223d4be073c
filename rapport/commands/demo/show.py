"""What `make run` shows: where to look, the keys, and one line that uses the official SDK."""

from rich.console import Console
from rich.panel import Panel

from rapport.first_account import Access
from rapport.kit.settings import Settings


def show(console: Console, settings: Settings, access: Access, sign_in: str) -> None:
    key = access.private_key or "(known to whoever set it)"
    client = f"KlaviyoAPI('{key}', test_host='{settings.base_url}')"
    show_profiles = f"print([p.attributes.email for p in {client}.Profiles.get_profiles().data])"
    sdk = f'python -c "from klaviyo_api import KlaviyoAPI; {show_profiles}"'
    where = settings.smtp_url or "kept here and shown in the web app (set RAPPORT_SMTP_URL to send them)"
    console.print(
        Panel.fit(
            f"[bold]Rapport is running[/bold] at [link={settings.base_url}]{settings.base_url}[/link]\n\n"
            f"Store        {access.account.name}\n"
            f"Private key  {key}\n"
            f"Public key   {access.account.public_id}\n"
            f"Messages     {where}\n"
            f"Data         {settings.data}",
            border_style="green",
        )
    )
    link = f"Sign in (the link works once; `rapport sign-in` prints a new one):\n  {sign_in}"
    console.print(link, soft_wrap=True, highlight=False, markup=False)
    console.print(
        f"\nUse the official SDK (pip install klaviyo-api):\n  {sdk}", soft_wrap=True, highlight=False, markup=False
    )
    console.print("\nCtrl-C stops it; `make run` starts it again with its data.", highlight=False)
