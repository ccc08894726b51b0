"""The doors of the Custom Events Editor, `/b/editor/…`: for its overlay on a page of the site, with a token.

They are below the address of the beacons because that is what a page's policy lets scripts come from and
requests go to. docs/editor.md says what passes through them.
"""
