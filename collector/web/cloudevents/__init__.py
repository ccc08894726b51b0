"""The door of CloudEvents 1.0 over HTTP: binary, structured and batched, whatever made them.

It translates and nothing else: `decode.py` writes each CloudEvent as an event of our own API, `door.py` has
the address. Verdicts and refusals have the shapes of our own API, since CloudEvents says nothing of answers.
"""
