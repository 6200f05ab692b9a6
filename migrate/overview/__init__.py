"""Reports over any set of runs."""
