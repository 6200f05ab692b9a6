"""One gate per file, cheapest first; each takes a candidate and returns its findings."""
