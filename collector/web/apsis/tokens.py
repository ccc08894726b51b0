"""`POST /oauth/token` of the APSIS One API: a token for a day, for the client credentials of RFC 6749 (4.4).

The client's id is the id of a key, its secret is the key.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from collector.core.problems import Problem
from collector.web.access import ANYBODY, allow, foreign_origin, integration
from collector.web.answers import json_answer
from collector.web.bodies import read_document
from collector.web.openapi import about_other_doors as about
from collector.web.openapi.operations import documented
from collector.web.parts import parts

LIFE = 86_400
SECOND = 1_000_000

blueprint = Blueprint("apsis_tokens", __name__, url_prefix="/oauth")


@blueprint.post("/token")
@allow(ANYBODY)
@documented(about.Token, body=about.APSIS_CREDENTIALS, codes="key-missing key-invalid key-exposed")
def token() -> Response:
    """Refused like a key that opens nothing, unless both belong together."""
    document = _credentials()
    if document.get("grant_type") != "client_credentials":
        raise Problem("request-invalid", "grant_type is client_credentials.")
    client_id, secret = document.get("client_id"), document.get("client_secret")
    if not isinstance(client_id, str) or not isinstance(secret, str):
        raise Problem("request-invalid", "Send client_id, a key's id, and client_secret, the key.")
    key = integration(parts(), f"Bearer {secret}", foreign_origin()).key
    if key is None or key.id != client_id:
        raise Problem("key-invalid", "This key is unknown, revoked, or not the one of this client_id.")
    made = parts().store.keys.pass_for(key, parts().now() + LIFE * SECOND)
    return json_answer({"access_token": made, "expires_in": LIFE, "token_type": "Bearer"})


def _credentials() -> dict[str, object]:
    """As JSON, or as the form that RFC 6749 has."""
    if request.mimetype == "application/x-www-form-urlencoded":
        return dict(request.form.items())
    document = read_document()
    if not isinstance(document, dict):
        raise Problem("request-invalid", "Credentials are an object.")
    return document
