"""An account's brand: logos, colours, buttons, social links, voice, and what new e-mails look like."""
