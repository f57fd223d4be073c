"""What a person is told that happened without them: a bell in the web app, and a list."""
