"""The API's description: OpenAPI 3.1 made from what stands beside each route, and the page to read it.

A route is described by one decorator under its `@allow(…)`:

    @blueprint.get("/<name>/versions")
    @allow("definitions.read")
    @documented(about.Versions, codes="definition-hidden")
    def versions(name: str) -> Response:
        \"\"\"The versions, the oldest first.\"\"\"

The rest is known: the summary is the docstring's first sentence, the tag and its text are the module's,
and `codes.py` adds what every route with such a right or body can answer. The shapes of requests and
answers are in `about_….py`, a file a subject. `document.py` puts it together, `reader.py` serves it.
"""
