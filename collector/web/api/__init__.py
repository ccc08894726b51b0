"""The API of integrations: a file a subject; `shapes.py` says how things look in answers."""
