"""The way over a stream: collectors judge and publish to NATS JetStream, workers commit and only then ack.

`publishing.py` stands where the commit does for the doors of a collector, `working.py` is the other end.
"""
