"""A batch over more than one machine."""
