"""What is measured while the server runs: counted in numbers that its processes share, for Prometheus.

`table.py` has every metric that is counted, `cells.py` the numbers, `counting.py` who adds what.
"""
