"""A candidate in, a verdict out: gates, cargo, diagnostics and mechanical fixes."""
