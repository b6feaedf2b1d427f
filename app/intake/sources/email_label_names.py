"""What the lines of lead mails are called, beyond the field names of forms: data only.

In: nothing. Out: tables from a compared label (lower case, no accents, blanks or punctuation) to the name of a
form's field. Read by `email_labels`. Dutch, German, French and English.
"""

from __future__ import annotations

from app.intake.sources.form_names import CAR_FIELD, FIELD
from app.intake.sources.generic_names import FIELD_NAMES

_CUSTOMER = {
    "name": """
        naamafzender afzender naamklant klantnaam naamkoper koper naamgeinteresseerde geinteresseerde
        uwnaam naamaanvrager aanvrager contactpersoonklant absender namedesinteressenten interessent kunde klant koper
        kundenname ihrname expediteur nomduclient client nomcomplet votrenom acheteur nomprenom prenomnom
        nometprenom prenometnom nomdelexpediteur sender sendername buyer buyername customer prospect leadname
        vornamename namevorname vollername voorenachternaam naamenvoornaam voornaamennaam voornaamnaam
        initialsandname contactname""",
    "phone": """
        telnr telefoonnr telefoonklant telefoonnummerklant uwtelefoonnummer telefoonnummervanklant telefoonprive
        telefoonthuis telefoonoverdag telefoonavond telefoonwerk nummerbeller beller gebelddoor bellersnummer
        telefonnr ruckrufnummer anrufer nummerdesanrufers rufnummerdesanrufers telefonnummerdesinteressenten
        tlf fon ndetelephone notelephone numero numerodetel teldomicile numerodelappelant appelant tel phoneno
        caller callernumber callerid daytimephone eveningphone homephone workphone contactphone customerphone
        buyerphone telephoneno""",
    "mobile": """
        mobielenummer telefoonmobiel mobieltelefoonnummer mobilnummer mobil mobilfunk handynummer telmobile
        telephonemobile portable gsmnr mobileno mobilephoneno""",
    "email": """
        emailklant emailadresklant emailadresafzender emailafzender uwemailadres uwemail emailvanklant
        emaildesinteressenten ihreemail ihreemailadresse adresseemailduclient adressemail mel votreemail
        customeremail buyeremail senderemail emailofsender replyto beantwoordennaar""",
    "message": """
        berichtvanklant berichtvandeklant berichtklant berichtvandekoper berichtvankoper uwbericht uwvraag
        vraagopmerking vraagofopmerking vragen vragenopmerkingen vragenenopmerkingen vraagvandeklant opmerkingklant
        nachrichtdesinteressenten mitteilung ihrenachricht nachrichttext bemerkung bemerkungen hinweis
        messageduclient votremessage texte questions questionscommentaires customermessage buyermessage
        messagefrombuyer messagefromcustomer berichtinhoud messagebody corpsdumessage nachrichtentext
        commentsquestions questionscomments additionalcomments customercomments""",
    "initials": "voorletters initialen initials initiales",
    "contact_person": "contactpersoon contactperson interlocuteur personnedecontact",
    "vehicle": """
        voertuiginteresse interessein geinteresseerdin ikbengeinteresseerdin
        ikhebinteressein iaminterestedin iminterestedin ichinteressieremichfur jesuisinteressepar wagen uwwagen
        gewensteauto gewenstvoertuig autovankeuze advertentietitel
        titeladvertentie titel object advertentie modelauto merkmodel merkenmodel ihrinserat inserat anzeige
        anzeigentitel ihreanzeige interessean wunschfahrzeug gewunschtesfahrzeug annonce votreannonce
        titredelannonce vehiculesouhaite vehiculedinteret adtitle ad listing vehicleofinterest interestedin
        carofinterest makemodel makeandmodel fahrzeugtitel modellbezeichnung voertuigomschrijving""",
    "trade_in": """
        inruilen interuilenauto interuilenvoertuig uwinruil inruilwagen eigenauto huidigeauto uwhuidigeauto
        overname overnamewagen eintausch fahrzeuginzahlung inzahlungnahmefahrzeug altfahrzeug vehiculedereprise
        vehiculerepris reprisedevotrevehicule partexchange tradeincar currentvehicle""",
    "type": """
        soortaanvraag typeaanvraag aanvraagtype verzoek soortverzoek anfrageart artderanfrage typededemande
        requesttype enquirytype inquirytype leadtype""",
    "lead_id": """
        aanvraagnummer aanvraagid leadnummer leadnr vorgangsnummer anfragenr anfragenummer anfrageid
        numerodedemande leadreference leadref enquiryid""",
    "created_at": """
        datumaanvraag aanvraagdatum datumtijd datumentijd verzondenop verstuurdop ontvangenop ingestuurdop
        anfragedatum eingegangenam gesendetam datedelademande envoyele recule receivedon receivedat submittedon""",
}
_CAR = {
    "stock": """
        voorraadnr voorraadnummer stocknummer stocknr internnummer interneummer internenummer
        interneautonummer internesnummer fahrzeugnummer interne angebotsnummer numerodestock refstock
        referencevehicule stockreference stockref stock""",
    "price": "prijs vraagprijs preis prix kaufpreis verkaufspreis askingprice verkoopprijs",
    "make": "automerk hersteller brand fabrikant constructeur",
    "year": "bouwjaar baujahr annee erstzulassung jaar anneemodele datum1etoelating eerstetoelating",
    "odometer": "kilometerstand kmstand km kilometrage laufleistung mileage tellerstand kilometers",
    "plate": "kenteken nummerplaat kennzeichen immatriculation licenseplate registration",
    "vin": "chassisnummer fahrgestellnummer fin vin numerodechassis vinnumber",
    "url": "advertentielink linknaaradvertentie link lien urladvertentie weblink url",
    "color": "kleur farbe couleur",
}

_NOT_IN_MAILS = ("source", "service", "test", "honeypot")
LABELS: dict[str, str] = {
    word: FIELD_NAMES[ours]
    for word, ours in FIELD.items()
    if ours in FIELD_NAMES and ours not in _NOT_IN_MAILS
}
LABELS |= {word: name for name, words in _CUSTOMER.items() for word in words.split()}

CAR_LABELS: dict[str, str] = dict(CAR_FIELD)
CAR_LABELS |= {word: name for name, words in _CAR.items() for word in words.split()}
for _word in (
    "name",
    "title",
    "description",
    "interest",
    "status",
    "units",
    "remarks",
    "comments",
    "condition",
):
    CAR_LABELS.pop(_word, None)

# Words around a label that say whose it is or what it is for: "Telefoonnummer van de klant", "E-mail (privé)".
# None of them names the vendor.
_AROUND_WORDS = """
    vandeklant vandekoper vandebeller vandeaanvrager vanklant vankoper vanaanvrager klant koper beller
    aanvrager afzender geinteresseerde uw jouw je prive thuis overdag savonds werk optioneel verplicht
    ofmobiel mobiel deskunden desanrufers desinteressenten kunde kunden interessent anrufer ihre ihr privat
    tagsuber optional pflichtfeld duclient delacheteur delappelant delexpediteur client votre facultatif
    obligatoire day ofthecustomer ofcustomer ofbuyer ofcaller customers customer buyers buyer callers caller
    consumer your contact required nr no number daytime evening home
"""
AROUND = tuple(_AROUND_WORDS.split())

# Headings: which of the people and cars the lines below are about.
HEADINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("vendor", (
        "dealer", "verkoper", "aanbieder", "adverteerder", "handler", "verkaufer", "anbieter", "vendeur",
        "concession", "seller", "vendor", "dealership", "autobedrijf", "vestiging", "ihrautohaus", "autohaus",
        "provider", "leverancier", "garage",
    )),
    ("tradein", (
        "inruil", "inruiler", "tradein", "partexchange", "partex", "inzahlung", "inzahlungnahme", "reprise",
        "eintausch", "overname", "eigenauto", "huidigeauto", "currentvehicle", "inruilvoertuig", "altfahrzeug",
    )),
    ("customer", (
        "klant", "koper", "geinteresseerde", "afzender", "aanvrager", "kunde", "interessent", "absender", "client",
        "acheteur", "expediteur", "customer", "buyer", "prospect", "contactgegevens", "kontaktdaten", "coordonnees",
        "contactdetails", "persoonlijkegegevens", "personlichedaten", "uwgegevens", "personaldetails", "consumer",
    )),
    ("vehicle", (
        "voertuig", "auto", "advertentie", "occasion", "fahrzeug", "inserat", "anzeige", "vehicule", "voiture",
        "annonce", "vehicle", "listing", "car", "wagen",
    )),
)  # fmt: skip
# Around the word for a car: the one that the customer wants.
_WISHED_WORDS = "gewenste gewunschtes gewunschte wunsch ofinterest interesse desired souhaite souhaitee"
WISHED = frozenset(_WISHED_WORDS.split())
