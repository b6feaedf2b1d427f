"""Who is asking, what they may do, and loading rows through ownership: a stranger gets 404.

``links`` (the first way in), ``passkeys`` (every later one; imported by the API), ``sessions`` (devices and their
cookies), ``rights`` (ownership), ``hashes`` (how a secret is kept). Called by everything above.
"""

from app.access.hashes import digest, keyed, settings
from app.access.links import LINK_LIFE, link_url, look_at_link, make_link, redeem
from app.access.rights import (
    customer_by_token,
    customer_token,
    follow_up,
    group_named,
    lock_follow_up,
    showroom_of,
)
from app.access.sessions import (
    cookie_name,
    current_device,
    drop_cookie,
    managers_only,
    me,
    my_device,
    open_session,
    revoke,
    revoke_all,
    seen,
    set_cookie,
    signed_in,
    touch,
)

__all__ = [
    "LINK_LIFE",
    "cookie_name",
    "current_device",
    "customer_by_token",
    "customer_token",
    "digest",
    "drop_cookie",
    "follow_up",
    "group_named",
    "keyed",
    "link_url",
    "lock_follow_up",
    "look_at_link",
    "make_link",
    "managers_only",
    "me",
    "my_device",
    "open_session",
    "redeem",
    "revoke",
    "revoke_all",
    "seen",
    "set_cookie",
    "settings",
    "showroom_of",
    "signed_in",
    "touch",
]
