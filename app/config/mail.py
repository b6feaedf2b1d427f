"""Mail: the server that sends it, where answers come back, and what ``flask mail-in`` listens to and reads."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from app.config.site import public_url
from app.config.values import WrongSetting, is_loopback


def smtp_url(env: Mapping[str, str]) -> str:
    url = env.get("SMTP_URL", "")
    if url and urlsplit(url).scheme not in ("smtp", "smtps", "smtp+starttls"):
        raise WrongSetting("SMTP_URL must look like smtp+starttls://name:password@mail.example.com:587.")
    return url


def mail_reply_to(env: Mapping[str, str]) -> str:
    """Where customers' answers by mail come in: an address of a source, or of a mailbox that ``mail-in`` reads."""
    address = env.get("MAIL_REPLY_TO", "")
    if address and not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", address):
        raise WrongSetting("MAIL_REPLY_TO must be one bare address, such as answers@in.example.com.")
    return address


def mail_in(env: Mapping[str, str]) -> dict[str, object]:
    """Mail that comes in by itself: our own SMTP listener, and mailboxes that are read (`flask mail-in`)."""
    bind = env.get("MAIL_IN_BIND") or "127.0.0.1:2525"
    host, _, port = bind.rpartition(":")
    if bind != "off" and not (host and port.isdigit() and 0 < int(port) < 65536):
        raise WrongSetting(f"MAIL_IN_BIND must look like 0.0.0.0:25, or be off, not {bind!r}.")
    cert, key = env.get("MAIL_IN_CERT", ""), env.get("MAIL_IN_CERT_KEY", "")
    for name, path in (("MAIL_IN_CERT", cert), ("MAIL_IN_CERT_KEY", key)):
        if path and not Path(path).is_file():
            raise WrongSetting(f"{name} is {path}, and there is no such file.")
    return {
        "mail_in_bind": "" if bind == "off" else bind,
        "mail_in_host": env.get("MAIL_IN_HOST") or urlsplit(public_url(env)).hostname or "localhost",
        "mail_in_cert": cert,
        "mail_in_cert_key": key,
        "mail_in_aliases": _aliases(env),
        "imap_mailboxes": _mailboxes(env),
    }


def _aliases(env: Mapping[str, str]) -> dict[str, str]:
    """Addresses that people can type, and the keys of the sources they stand for."""
    aliases = {}
    for pair in env.get("MAIL_IN_ALIASES", "").replace(",", " ").split():
        address, equals, key = pair.partition("=")
        if not (equals and key and re.fullmatch(r"[^@\s]+@[^@\s]+", address)):
            raise WrongSetting(f"MAIL_IN_ALIASES must look like leads@example.com=KEY, not {pair!r}.")
        aliases[address.lower()] = key
    return aliases


def _mailboxes(env: Mapping[str, str]) -> tuple[str, ...]:
    """URLs of mailboxes; the part behind # is the key of the source that their mails belong to."""
    found = tuple(env.get("IMAP_MAILBOXES", "").split())
    for number, url in enumerate(found, 1):  # the sentence must not show the password
        parts = urlsplit(url)
        whole = parts.hostname and parts.username and parts.password and parts.fragment
        if parts.scheme not in ("imap", "imaps", "imap+starttls") or not whole:
            looks = "imaps://name:password@mail.example.com/INBOX#KEY"
            raise WrongSetting(
                f"IMAP_MAILBOXES: number {number} must look like {looks} (encode @ in a name as %40)."
            )
        if parts.scheme == "imap" and not is_loopback(parts.hostname or ""):
            raise WrongSetting(
                f"IMAP_MAILBOXES: number {number} would send its password in the clear. Use imaps://."
            )
    return found
