"""What only the terminal adds: commands on an installation."""
