"""How much of a finished crate people have changed since."""
