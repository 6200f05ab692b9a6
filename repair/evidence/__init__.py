"""What was shown for a function: drivers, corpora, replay, and how strong they are."""
