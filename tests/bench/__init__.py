"""What Comity costs, measured on the machine at hand: `make bench`, or `python -m tests.bench --only coding`."""
