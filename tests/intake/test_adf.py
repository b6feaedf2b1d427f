"""ADF as portals send it: Eva asks for a car, and it must be Eva's number that Sanne dials."""

import json
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from app.intake.parsed import Parsed, ParsedLead, to_json
from app.intake.sources import parse

FIXTURES = Path(__file__).parents[1] / "fixtures" / "intake"
JAN = (
    "<adf><prospect><customer><contact><name>Jan</name><phone>0612345678</phone></contact>"
    "<comments>Nog te koop?</comments></customer></prospect></adf>"
)


def read(body: str | bytes, content_type: str = "application/xml") -> Parsed:
    return parse("adf", body.encode() if isinstance(body, str) else body, content_type, "NL")


def lead(body: str | bytes, content_type: str = "application/xml") -> ParsedLead:
    (only,) = read(body, content_type).leads
    return only


def portal() -> ParsedLead:
    return lead((FIXTURES / "portal_request.xml").read_bytes())


def is_jan(body: str | bytes, content_type: str = "application/xml") -> bool:
    parsed = read(body, content_type)
    found = [(one.display_name, one.numbers) for one in parsed.leads]
    return parsed.outcome == "lead" and found == [("Jan", ("+31612345678",))]


def test_the_customer_is_read_and_not_the_vendor_or_the_provider() -> None:
    eva = portal()
    assert (eva.display_name, eva.email) == ("Eva de Boer", "eva.deboer@example.nl")
    assert [phone.raw for phone in eva.phones] == ["020-1234567", "06-12345678"]


def test_the_preferred_mobile_is_dialled_first() -> None:
    assert portal().numbers == ("+31612345678", "+31201234567")


def test_a_fax_is_shown_but_never_dialled() -> None:
    fax = lead(JAN.replace("<phone>", '<phone type="fax">'))
    assert fax.phones[0].e164 == "+31612345678"
    assert fax.numbers == ()


def test_a_trade_in_listed_first_is_not_the_wanted_car() -> None:
    eva = portal()
    assert [car.label for car in eva.vehicles_of_interest] == ["Volkswagen Golf 2022"]
    assert [car.label for car in eva.trade_ins] == ["Opel Corsa 2015"]


def test_a_car_that_the_customer_wants_to_sell_is_not_the_wanted_car() -> None:
    selling = lead(
        JAN.replace("<customer>", '<vehicle interest="sell"><make>Fiat</make></vehicle><customer>')
    )
    assert (selling.vehicles_of_interest, selling.trade_ins[0].label) == ((), "Fiat")


def test_an_option_does_not_overwrite_the_car() -> None:
    car = portal().vehicles_of_interest[0]
    assert (car.stock, car.price, car.currency) == ("OCC-1043", "18950", "EUR")


def test_the_question_keeps_its_line_breaks() -> None:
    assert portal().comments == "Kan ik zaterdag een proefrit maken?\nGraag met mijn man."


def test_ids_date_vendor_provider_and_language_are_read() -> None:
    eva = portal()
    assert [(one.source, one.value) for one in eva.external_ids] == [("Occasionplein", "OP-2026-0815")]
    assert str(eva.request_date_utc) == "2026-11-20 13:03:12+00:00"
    assert (eva.vendor_name, eva.provider_name) == ("Autobedrijf Voorbeeld", "Occasionplein")
    assert (eva.provider_service, eva.language, eva.vehicle_comments) == (
        "Occasion request",
        "nl",
        "Demonstration car",
    )


def test_printed_cars_leave_out_what_is_absent_but_a_price_has_its_currency() -> None:
    body = JAN.replace("<customer>", "<vehicle><make>Kia</make><price>900</price></vehicle><customer>")
    (printed,) = to_json(read(body))["leads"]
    assert printed["vehicles_of_interest"] == [{"make": "Kia", "price": "900", "currency": None}]


def test_an_empty_vehicle_is_no_car() -> None:
    body = JAN.replace(
        "<customer>", '<vehicle interest="buy" status="used"><year></year></vehicle><customer>'
    )
    assert lead(body).vehicles_of_interest == ()


def test_pascal_case_without_contact_is_read() -> None:
    noor = lead((FIXTURES / "flat_pascal_case.xml").read_bytes())
    assert (noor.display_name, noor.email, noor.numbers) == (
        "Noor Smit",
        "noor@example.nl",
        ("+31612345678",),
    )
    assert (noor.vehicles_of_interest[0].stock, noor.trade_ins[0].odometer) == ("K-12", "140000")
    assert (noor.comments, noor.request_date_utc) == ("Met trekhaak?", None)
    assert noor.request_date_status == "naive: interpret in dealer time zone"


def test_a_document_cut_off_before_the_customer_needs_a_look() -> None:
    parsed = read((FIXTURES / "cut_off.xml").read_bytes())
    assert parsed.outcome == "quarantine"
    assert parsed.leads[0].vehicles_of_interest[0].label == "Seat Leon 2021"
    assert "the sender stopped here" in (parsed.raw_text or "")


def test_a_customer_without_a_way_to_answer_needs_a_look() -> None:
    parsed = read(JAN.replace("<phone>0612345678</phone>", "<email>geen</email>"))
    assert (parsed.outcome, parsed.leads[0].display_name) == ("quarantine", "Jan")
    assert parsed.leads[0].extra == {"email": "geen"}


def test_zeros_are_a_lead_like_any_other() -> None:
    parsed = read(JAN.replace("0612345678", "0000000000"))
    assert (parsed.outcome, parsed.leads[0].phones[0].raw) == ("lead", "0000000000")


def test_another_document_is_no_adf_and_is_kept_to_be_looked_at() -> None:
    parsed = read("<lead><name>Jan</name></lead>")
    assert (parsed.outcome, parsed.leads) == ("no_adf", ())
    assert parsed.raw_text == "<lead><name>Jan</name></lead>"


@pytest.mark.parametrize(
    "body",
    [
        JAN,
        '\n  <?xml version="1.0"?>' + JAN,
        '<?ADF VERSION="1.0"?><?xml version="1.0"?>' + JAN,
        "\ufeff" + JAN,
        '<?xml version="1.0" encoding="utf-16"?>' + JAN,
        JAN.upper().replace("JAN", "Jan"),
        "Your <ADF> lead:\n" + JAN + "\nCall us: 0101234567",
        "<html><!-- " + JAN + " --><p>bel 0101234567</p></html>",
        "<x><![CDATA[" + JAN + "]]></x>",
        JAN.replace("</name>", "").replace("</contact>", ""),
        JAN.replace("</customer></prospect></adf>", ""),
        JAN.replace("<adf>", "").replace("</adf>", ""),
        JAN.replace("<prospect>", "").replace("</prospect>", ""),
        JAN.replace("<name>", "<name part=full type=individual>"),
        JAN.replace("<name>Jan", "<name><!-- was: Piet -->J\x00a\x0bn"),
        JAN.replace("prospect", "adf:prospect"),
        JAN + JAN,
        '{"xml": "' + JAN + '"}',
    ],
)  # fmt: skip
def test_jan_is_found_however_the_document_is_wrapped_or_broken(body: str) -> None:
    assert is_jan(body)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_unicode_encoding_is_read(encoding: str) -> None:
    assert is_jan(JAN.encode(encoding))


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "windows-1252", "klingon", "punycode"])
def test_windows_bytes_are_read_whatever_the_declaration_says(declared: str) -> None:
    body = f'<?xml version="1.0" encoding="{declared}"?>'.encode() + JAN.replace(
        "Jan", "Mariëlle \u2013 €"
    ).encode("cp1252")
    assert lead(body).display_name == "Mariëlle \u2013 €"


def test_utf_8_is_read_although_latin_1_is_declared() -> None:
    body = '<?xml version="1.0" encoding="ISO-8859-1"?>' + JAN.replace("Jan", "Zoë")
    assert lead(body).display_name == "Zoë"


def test_quoted_printable_that_nobody_decoded_is_decoded() -> None:
    body = JAN.replace("<name>Jan", '<name part=3D"full">Zo=C3=AB').replace("<phone>", "<pho=\nne>")
    assert (lead(body).display_name, lead(body).numbers) == ("Zoë", ("+31612345678",))


def test_entities_of_html_and_stray_signs_are_text() -> None:
    body = JAN.replace("Nog te koop?", "caf&eacute; R&D &amp; budget < 5000 &#8364;&#0; <3 Jan <jan@x.nl>")
    assert lead(body).comments == "café R&D & budget < 5000 € <3 Jan <jan@x.nl>"


def test_markup_in_the_question_is_text_and_its_breaks_are_lines() -> None:
    assert lead(JAN.replace("Nog te", "Hoi<br>is hij <b>nog</b> te")).comments == "Hoi\nis hij nog te koop?"


def test_form_encoded_adf_is_read() -> None:
    assert is_jan("adf=" + quote_plus(JAN), "application/x-www-form-urlencoded")


def test_adf_escaped_in_html_is_read_and_the_text_around_it_is_not() -> None:
    found = lead((FIXTURES / "escaped_in_html.html").read_bytes(), "text/html")
    assert (found.display_name, found.comments) == ("Bo & Kim", "budget < 5000")
    assert found.numbers == ("+31612345678",)


def test_namespaces_and_soap_make_no_difference() -> None:
    found = lead((FIXTURES / "soap.xml").read_bytes())
    assert (found.display_name, found.phones[0].type) == ("Jan Jansen", "cellphone")


def test_a_phone_of_the_vendor_inside_the_customer_is_not_the_customers() -> None:
    nested = "<name>Jan</name><vendor><phone>0101234567</phone></vendor>"
    assert read(f"<adf><prospect><customer><contact>{nested}</prospect></adf>").leads[0].phones == ()


def test_several_prospects_and_documents_are_several_leads() -> None:
    eva = JAN.replace("Jan", "Eva").replace("0612345678", "0687654321")
    assert [one.display_name for one in read(JAN + "\n<?xml version='1.0'?>\n" + eva).leads] == ["Jan", "Eva"]
    two = JAN.replace("</prospect></adf>", "</prospect>") + eva.replace("<adf>", "")
    assert [one.display_name for one in read(two).leads] == ["Jan", "Eva"]


def test_of_several_contacts_the_primary_one_is_the_customer() -> None:
    second = '<contact primarycontact="1"><name>Eva</name><email>eva@example.nl</email></contact></customer>'
    eva = lead(JAN.replace("</customer>", second))
    assert (eva.display_name, eva.email, eva.phones) == ("Eva", "eva@example.nl", ())


def test_a_business_name_is_the_company_beside_the_person() -> None:
    body = JAN.replace(
        "<name>Jan", '<name part="full" type="business">Bakker BV</name><name part="first">Jan'
    )
    assert (lead(body).display_name, lead(body).company) == ("Jan", "Bakker BV")


def test_a_business_without_a_person_is_shown_by_its_name() -> None:
    body = JAN.replace("<name>Jan", '<name type="business">Bakker BV')
    assert (lead(body).display_name, lead(body).company) == ("Bakker BV", "Bakker BV")


def test_the_word_null_is_not_shown_as_a_name() -> None:
    body = JAN.replace("<name>Jan", '<name part="last">null</name><name part="first">Jan')
    assert (lead(body).display_name, dict(lead(body).name_parts)) == ("Jan", {"first": "Jan"})


def test_a_locale_is_the_language_before_any_guess() -> None:
    assert lead(JAN.replace("</name>", "</name><locale>fr_CA</locale>")).language == "fr"


def test_the_same_document_has_the_same_delivery_key() -> None:
    body = JAN.replace("<customer>", '<id source="P">1</id><customer>')
    assert read(body).delivery_key
    assert read(body).delivery_key == read("\n" + body).delivery_key


def test_a_constant_id_does_not_make_another_customer_the_same_delivery() -> None:
    body = JAN.replace("<customer>", '<id source="P">1</id><customer>')
    assert read(body).delivery_key != read(body.replace("0612345678", "0687654321")).delivery_key


def test_without_an_id_there_is_no_delivery_key() -> None:
    assert read(JAN).delivery_key is None


def test_adf_in_json_keeps_its_attributes() -> None:
    adf = JAN.replace("<name>", '<name part="first">').replace("<phone>", '<phone type="cellphone">')
    jan = lead(json.dumps({"adf": adf}), "application/json")
    assert (dict(jan.name_parts), jan.phones[0].type) == ({"first": "Jan"}, "cellphone")


@pytest.mark.parametrize("part", ["firstname", "First Name", "first"])
def test_a_part_of_a_name_may_be_written_out(part: str) -> None:
    named = JAN.replace("<name>Jan</name>", f'<name part="{part}">Jan</name><name part="surname">Bos</name>')
    assert lead(named).display_name == "Jan Bos"


def test_of_an_attribute_that_stands_there_twice_the_first_counts() -> None:
    named = JAN.replace("<name>", '<name part="first" part="suffix">')
    assert lead(named).display_name == "Jan"


def test_a_vehicle_of_interest_is_the_wanted_car() -> None:
    cars = "<VehicleOfInterest><Make>Kia</Make></VehicleOfInterest><TradeInVehicle><Make>Opel</Make></TradeInVehicle>"
    jan = lead(JAN.replace("<customer>", cars + "<customer>"))
    assert [car.label for car in jan.vehicles_of_interest] == ["Kia"]
    assert [car.label for car in jan.trade_ins] == ["Opel"]


def test_a_vehicle_inside_a_trade_in_is_offered() -> None:
    cars = "<vehicle><make>Kia</make></vehicle><trade-in><vehicle><make>Opel</make></vehicle></trade-in>"
    jan = lead(JAN.replace("<customer>", cars + "<customer>"))
    assert [car.label for car in jan.vehicles_of_interest] == ["Kia"]
    assert [car.label for car in jan.trade_ins] == ["Opel"]


def test_a_trade_in_without_its_end_does_not_swallow_the_wanted_car() -> None:
    cars = "<tradein><make>Opel</make><vehicle><make>Kia</make></vehicle>"
    jan = lead(JAN.replace("<customer>", cars + "<customer>"))
    assert [car.label for car in jan.vehicles_of_interest] == ["Kia"]


def test_a_name_may_hold_its_parts() -> None:
    named = JAN.replace("<name>Jan</name>", "<name><first>Jan</first><last>van der Berg</last></name>")
    assert lead(named).display_name == "Jan van der Berg"
