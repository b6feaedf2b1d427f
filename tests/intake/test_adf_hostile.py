"""Documents made to harm: nothing is expanded or fetched, nothing hangs, and what can be read is a lead."""

import socket

import pytest

from app.intake.parsed import to_json
from app.intake.sources import parse

CUSTOMER = (
    "<prospect><customer><contact><name>&x;</name><phone>0612345678</phone></contact></customer></prospect>"
)
MANY = 20_000


def outcome(body: str) -> str:
    return parse("adf", body.encode(), "", "NL").outcome


def printed(body: str) -> str:
    return str(to_json(parse("adf", body.encode(), "", "NL")))


def test_an_entity_bomb_is_not_expanded_and_the_customer_is_still_a_lead() -> None:
    levels = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 9))
    body = f'<!DOCTYPE adf [<!ENTITY x0 "ha">{levels}<!ENTITY x "&x8;">]><adf>{CUSTOMER}</adf>'
    assert outcome(body) == "lead"
    assert "ha" not in printed(body)


def test_a_file_entity_reads_nothing(tmp_path: object) -> None:
    secret = f"{tmp_path}/secret"
    with open(secret, "w") as file:
        file.write("do-not-tell")
    body = f'<!DOCTYPE adf [<!ENTITY x SYSTEM "file://{secret}">]><adf>{CUSTOMER}</adf>'
    assert outcome(body) == "lead"
    assert "do-not-tell" not in printed(body)


def test_xinclude_reads_nothing(tmp_path: object) -> None:
    secret = f"{tmp_path}/secret"
    with open(secret, "w") as file:
        file.write("do-not-tell")
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{secret}" parse="text"/>'
    assert "do-not-tell" not in printed(f"<adf>{CUSTOMER.replace('&x;', include)}</adf>")


def test_an_external_dtd_opens_no_connection() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.setblocking(False)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/adf.dtd"
        body = f'<!DOCTYPE adf SYSTEM "{url}" [<!ENTITY % p SYSTEM "{url}"> %p;]><adf>{CUSTOMER}</adf>'
        assert outcome(body) == "lead"
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_harmless_doctype_changes_nothing() -> None:
    assert outcome(f'<!DOCTYPE adf SYSTEM "adf.dtd"><adf>{CUSTOMER}</adf>') == "lead"


def test_a_customers_text_cannot_end_the_document_and_begin_another() -> None:
    trick = "<![CDATA[</comments></adf><adf><prospect><customer><phone>0687654321</phone></customer></adf>]]>"
    body = f"<adf>{CUSTOMER.replace('</customer>', f'<comments>{trick}</comments></customer>')}</adf>"
    (only,) = parse("adf", body.encode(), "", "NL").leads
    assert only.numbers == ("+31612345678",)
    assert (only.comments or "").startswith("</comments></adf>")


def test_nesting_beyond_all_measure_does_not_hide_the_customer() -> None:
    assert outcome("<adf>" + "<a>" * 15_000 + "</a>" * 15_000 + CUSTOMER + "</adf>") == "lead"


@pytest.mark.parametrize(
    "piece",
    ["<a>", "<", "<!--", "<![CDATA[", "<?", "<!", '<a "', "<a b=", "<a '\"", "&", "&a", "&lt;", "<adf>",
     "<prospect>", "<name>x</name>", "<phone>0612345678</phone>", "<vehicle><year>1</year></vehicle>", "%3C",
     "{", "["],
)  # fmt: skip
def test_a_piece_repeated_without_end_is_read_in_one_go(piece: str) -> None:
    """Quadratic reading of these took minutes; pytest's timeout is the limit, not a clock in the test."""
    assert outcome("<adf><prospect><customer>" + piece * MANY) in ("lead", "quarantine")


def test_elements_without_number_leave_the_customer_to_a_person_with_the_whole_text() -> None:
    parsed = parse("adf", f"<adf>{'<a/>' * 25_000}{CUSTOMER}</adf>".encode(), "", "NL")
    assert parsed.outcome == "quarantine"
    assert "0612345678" in parsed.raw_text


def test_a_hundred_prospects_are_read_and_the_rest_is_told() -> None:
    body = "".join(f"<prospect><id>{n}</id></prospect>" for n in range(150))
    parsed = parse("adf", f"<adf>{body}</adf>".encode(), "", "NL")
    assert len(parsed.leads) == 100
    assert parsed.note == "only the first 100 prospects were read"
