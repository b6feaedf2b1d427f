"""Mails for tests, composed as portals, form mailers and people compose them."""

from __future__ import annotations

from app.intake.parsed import Parsed, ParsedLead
from app.intake.sources import parse

ADF = """<?xml version="1.0"?>
<?adf version="1.0"?>
<adf><prospect>
  <requestdate>2026-11-20T14:03:12+01:00</requestdate>
  <vehicle interest="buy"><year>2022</year><make>Volvo</make><model>XC40</model></vehicle>
  <vehicle interest="trade-in"><year>2016</year><make>Seat</make><model>Ibiza</model></vehicle>
  <customer>
    <contact><name part="full">Lotte de Boer</name><email>lotte@example.nl</email>
      <phone>06-12345678</phone></contact>
    <comments>Zaterdag te zien?</comments>
  </customer>
  <vendor><vendorname>Autobedrijf Voorbeeld</vendorname>
    <contact><name part="full">Bram</name><phone>0313-123456</phone></contact></vendor>
  <provider><name>VoorbeeldPortaal</name><phone>088-1234567</phone></provider>
</prospect></adf>
"""


def mail(
    text: str, *headers: str, kind: str = 'text/plain; charset="utf-8"', encoding: str = "8bit"
) -> bytes:
    """A mail from a portal to the showroom's intake address; `headers` come first and win."""
    named = {line.partition(":")[0].lower() for line in headers}
    usual = [
        "From: Portaal <no-reply@portaal.example>",
        "To: leads+geheim@in.dealer.example",
        "Subject: Nieuwe aanvraag",
        "Message-ID: <een@portaal.example>",
        "Date: Fri, 20 Nov 2026 14:03:12 +0100",
        f"Content-Type: {kind}",
        f"Content-Transfer-Encoding: {encoding}",
    ]
    lines = [*headers, *(line for line in usual if line.partition(":")[0].lower() not in named)]
    return ("\r\n".join([*lines, "", text])).encode("utf-8")


def parts(kind: str, *pieces: str, boundary: str = "grens") -> tuple[str, str]:
    """(content type, body) of a multipart mail; each piece brings its own headers."""
    body = "".join(f"--{boundary}\r\n{piece}\r\n" for piece in pieces) + f"--{boundary}--\r\n"
    return f'multipart/{kind}; boundary="{boundary}"', body


def read(body: bytes, region: str = "NL") -> Parsed:
    return parse("email", body, "message/rfc822", region)


def lead(body: bytes, region: str = "NL") -> ParsedLead:
    (only,) = read(body, region).leads
    return only
