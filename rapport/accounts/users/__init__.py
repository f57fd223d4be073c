"""People who sign in: users, their roles, invitations, passwords, passkeys and second factors."""
