"""The auth provider ``token`` of the server: everyone in the team types the same secret once."""

from __future__ import annotations

import os
import secrets
from typing import Any

VARIABLE = "CARECOST_SERVER_TOKEN"
# Nobody guesses sixteen characters over a network.
SHORTEST = 16


async def validate_token(given: str) -> Any:
    """xlwings Server's user for an ``Authorization`` header; a wrong one is refused with 401."""
    from fastapi import HTTPException
    from xlwings_server.models import User

    expected = f"Bearer {os.environ[VARIABLE]}"
    if not secrets.compare_digest(given.encode(), expected.encode()):
        raise HTTPException(401, "The access token is missing or wrong: type it in carecost's task pane")
    return User(id="team", name="team")
