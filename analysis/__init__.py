"""C in, facts out: parsing, inventory, call graph, slices and layout; no model, no cargo, no writes."""
