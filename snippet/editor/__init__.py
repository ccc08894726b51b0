"""The overlay of the Custom Events Editor: plain JavaScript and its styles, served to pages with a token.

`ORDER` names the files that make up its one module, without `.js`; they share a scope. The module runs twice:
in the page, where it makes a place of its own (`stage.js`), and in that place, a frame without an address,
where nothing of the page reaches it: no style, no event, no changed global (`opening.js`).
"""

ORDER: tuple[str, ...] = (
    "nodes",
    "elements",
    "stage",
    "looking",
    "generated",
    "selectors",
    "addresses",
    "reading",
    "doors",
    "work",
    "lights",
    "picking",
    "following",
    "panel",
    "handing",
    "screens_list",
    "screens_event",
    "screens_trigger",
    "screens_mapping",
    "mapping",
    "screens_history",
    "trial",
    "opening",
    "main",
)
