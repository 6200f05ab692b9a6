"""The prompts, one Jinja template each; a user's folder overrides any of them by file name."""
