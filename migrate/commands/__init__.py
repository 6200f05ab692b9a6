"""The subcommands, one file each: read the arguments, call, show, and return an exit code."""
