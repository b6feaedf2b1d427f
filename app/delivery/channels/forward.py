"""Forwards a lead as ADF to the house's other system, by e-mail or POST. Called by the worker's lane.

In: a delivery with ``address`` and ``payload`` {"to": "email"|"post", "text": the ADF, …}. Out: one ``Result``.
A manager types the address: nothing inside our own network is asked, except the hosts that the server's settings name.
"""

import ipaddress
import socket
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

import pycurl

from app.config import Settings
from app.delivery.channels import email
from app.delivery.result import Refused, Result, Retry, Sent
from app.models import Delivery

TIMEOUT = 15
TOO_MUCH = 64 * 1024
"""Bytes of an answer that are read at most; nothing in it is needed."""
LATER = frozenset({408, 409, 425, 429})
DID_NOT_ANSWER = "the other system did not answer"


def send(delivery: Delivery, settings: Settings) -> Result:
    """Send one lead. Never raises for what the other system or the network does."""
    if delivery.payload["to"] == "email":
        return email.send(delivery, settings)
    address = str(delivery.address)
    parts = urlsplit(address)
    named = parts.netloc.lower() in settings.forward_extra_hosts
    if parts.scheme != "https" and not named:
        return Refused("the address must begin with https://")
    try:
        ip = _reachable(parts, named)
    except OSError:
        return Retry(f"{DID_NOT_ANSWER}: its name is not known")
    if ip is None:
        return Refused("the address is in a private network; see FORWARD_EXTRA_HOSTS")
    return _post(address, parts, ip, delivery)


def _reachable(parts: SplitResult, named: bool) -> str | None:
    """The address that we then connect to, so that its name cannot mean another one a moment later. Raises OSError."""
    found = socket.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
    for *_, (ip, *_more) in found:
        if named or ipaddress.ip_address(ip).is_global:
            return str(ip)
    return None


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _post(address: str, parts: SplitResult, ip: str, delivery: Delivery) -> Result:
    curl, headers, left = pycurl.Curl(), dict[str, str](), [TOO_MUCH]

    def header(line: bytes) -> None:
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()

    def body(chunk: bytes) -> int:
        left[0] -= len(chunk)
        return len(chunk) if left[0] > 0 else -1

    options = {
        pycurl.URL: address,
        pycurl.RESOLVE: [f"{parts.hostname}:{_port(parts)}:{f'[{ip}]' if ':' in ip else ip}"],
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.PROXY: "",
        pycurl.NOSIGNAL: 1,
        pycurl.CONNECTTIMEOUT: TIMEOUT,
        pycurl.TIMEOUT: TIMEOUT,
        pycurl.POSTFIELDS: str(delivery.payload["text"]).encode(),
        pycurl.HTTPHEADER: [
            "Content-Type: application/xml; charset=utf-8",
            f"Idempotency-Key: {delivery.id.hex}",
            "Expect:",
        ],
        pycurl.HEADERFUNCTION: header,
        pycurl.WRITEFUNCTION: body,
    }
    try:
        for option, value in options.items():
            curl.setopt(option, value)
        curl.perform()
    except pycurl.error as error:
        if error.args[0] != pycurl.E_WRITE_ERROR:  # that one is ours: a long answer is an answer
            return Retry(f"{DID_NOT_ANSWER}: {error.args[0]}")
    finally:
        status = int(curl.getinfo(pycurl.RESPONSE_CODE))
        curl.close()
    return _result(status, headers)


def _result(status: int, headers: dict[str, str]) -> Result:
    if 200 <= status < 300:
        return Sent()
    if status >= 500 or status in LATER or status == 0:
        wait = headers.get("retry-after", "")
        return Retry(
            f"the other system answered {status}", timedelta(seconds=int(wait)) if wait.isdigit() else None
        )
    return Refused(f"the other system answered {status}", status=status)
