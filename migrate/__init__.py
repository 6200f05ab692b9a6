"""The run: settings, plan, skeleton, model client, scheduler, ledger, assembly, reports, command line."""
