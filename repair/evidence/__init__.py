"""Evidence on behaviour: how strong a set of inputs is, and what it shows."""
