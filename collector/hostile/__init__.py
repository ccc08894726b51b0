"""What the internet sends, as data with what each of it gets, and the asking of a real server.

The tests and `fieldpost doctor --hostile` use the same data.
"""
