"""Jobs over many people that one request hands over: bulk import."""
