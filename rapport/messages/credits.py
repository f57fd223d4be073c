"""Which of an account's credits are read; `attribution`, above, writes them."""

# An account's settings say it, beside the settings that those credits follow.
SETTING = "attribution"
# For statements with the parameter `account`: the version of rows of attributions and credit_totals that is read.
VERSION_READ = f"""(SELECT coalesce((settings -> '{SETTING}' ->> 'version')::int, 0)
        FROM accounts WHERE account_id = %(account)s)"""
