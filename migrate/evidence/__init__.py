"""Evidence for one run: which functions, drivers by rule or by the model, and what is kept."""
