"""Many modules on one budget: a fleet, its order, a process for each run, and what became of them."""
