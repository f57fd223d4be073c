"""Who meets a definition: of everybody, as sets (`sets`), or of a batch's people for all segments at once (`batch`)."""
