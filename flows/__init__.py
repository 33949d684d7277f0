"""Everything that runs: flows, settings, the warehouse, the command line; nothing a domain expert edits."""
