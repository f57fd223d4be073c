"""Why one profile is in a segment or not: the data of each condition, since when it holds and when it changes."""
