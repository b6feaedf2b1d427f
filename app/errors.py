"""Domain errors, each with one meaning, and the one JSON error shape (RFC 9457 problem details).

Raised anywhere below the edge; turned into a response by ``app.api.problems``.
"""

WRONG = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a row or a request that nobody foresaw comes to: for us to mend, and not for others to wait for."""


class Problem(Exception):
    """Something a person or a program must be told. ``code`` is stable, ``detail`` says what to do."""

    status = 400
    code = "bad_request"
    title = "That did not work"

    def __init__(
        self, detail: str = "", *, code: str | None = None, fields: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.code = code or self.code
        self.fields = fields or {}

    def as_json(self) -> dict[str, object]:
        """RFC 9457 members, plus ``fields`` when single inputs are wrong."""
        body: dict[str, object] = {
            "type": f"about:blank#{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.fields:
            body["fields"] = self.fields
        return body


class NotFound(Problem):
    """It does not exist, or it belongs to somebody else: both look the same from outside."""

    status, code, title = 404, "not_found", "Not found"


class NotSignedIn(Problem):
    """No session, or the device was revoked."""

    status, code, title = 401, "not_signed_in", "Please sign in"


class NotAllowed(Problem):
    """Signed in, but this is for another role."""

    status, code, title = 403, "not_allowed", "Not for your role"


class Conflict(Problem):
    """The state does not allow it (any more); ``detail`` says why."""

    status, code, title = 409, "conflict", "That is no longer possible"


class Gone(Problem):
    """It was used up or has expired."""

    status, code, title = 410, "gone", "No longer valid"


class Unreadable(Problem):
    """The input could not be understood; ``fields`` says which part."""

    status, code, title = 422, "unreadable", "Please check the input"


class TooLarge(Problem):
    """The request body is over the limit of its kind."""

    status, code, title = 413, "too_large", "Too large"
