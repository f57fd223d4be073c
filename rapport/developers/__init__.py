"""What a developer is shown of their own calls: the last of each key, and what was refused and why."""
