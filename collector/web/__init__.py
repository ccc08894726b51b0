"""HTTP. Routes read a request, ask another room, and shape the answer; who may use one is said on it.

`access.py` knows who is asking, `problems.py` shapes every refusal, `api/` speaks with integrations,
`beacons.py` and `snippets.py` with pages.
"""
