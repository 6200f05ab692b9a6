"""One run: its output folder, its ledger, and the loop that fills the holes."""
