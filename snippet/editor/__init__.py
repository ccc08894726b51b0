"""The overlay of the Custom Events Editor: plain JavaScript and its styles, served to pages with a token.

`ORDER` names the files that make up its one module, without `.js`; they share a scope.
"""

ORDER: tuple[str, ...] = ()
