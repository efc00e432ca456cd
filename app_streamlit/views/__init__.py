"""One page per file; each is widgets, one call into the studio, plots."""
