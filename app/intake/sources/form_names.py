"""What people call the fields of a form, in Dutch, English, French and German: data only.

In: nothing. Out: tables from a compared name (lower case, no accents, blanks or punctuation) to ours. Read by
`form_fields.py`.
"""

from __future__ import annotations

# Flat forms name the wanted car's parts ("car.…") beside the customer's. A plate is always the customer's
# own car.
_FORM_WORDS = {
    "name": """
        name fullname naam volledigenaam yourname contactname customername vollstandigername nomcomplet""",
    "first": """firstname first fname givenname voornaam prenom vorname""",
    "middle": """middlename middleinitial""",
    "infix": """infix tussenvoegsel nameprefix""",
    "last": """lastname last lname surname familyname achternaam nom nomdefamille nachname familienname""",
    "company": """
        company companyname bedrijf bedrijfsnaam organisation organization firma entreprise societe""",
    "phone": """
        phone phonenumber telephone telephonenumber tel telefoon telefoonnummer telefon telefonnummer
        rufnummer numerodetelephone contactnumber yourphone phoneraw telnr""",
    "mobile": """
        mobile mobilephone mobilenumber mobiel mobielnummer mobielenummer cell cellphone gsm gsmnummer handy
        mobiltelefon portable telephoneportable""",
    "whatsapp": """whatsapp whatsappnumber whatsappnummer""",
    "email": """
        email emailaddress mail mailaddress emailadres mailadres adresseemail adressemail courriel youremail
        emailadresse""",
    "message": """
        message msg yourmessage vraag question comments comment remarks remark notes note bericht opmerking
        opmerkingen toelichting nachricht anfrage frage kommentar commentaire commentaires demande enquiry
        inquiry""",
    "car": """
        vehicle car auto voertuig occasion fahrzeug vehicule voiture vehicleofinterest carofinterest
        vehicleinfo""",
    "tradein": """tradein trade tradeinvehicle inruil inruilauto inruilvoertuig inzahlungnahme reprise""",
    "language": """language lang taal locale sprache langue""",
    "channel": """
        preferredchannel preferredcontact preferredcontactmethod contactpreference contactmethod
        contactvoorkeur voorkeur voorkeurcontact kontaktart""",
    "consent": """
        consent toestemming gegevenstoestemming optin gdpr gdprconsent avg avgakkoord einwilligung
        consentement""",
    "source": """source bron leadsource quelle""",
    "service": """type leadtype requesttype subject onderwerp formname formtype betreff""",
    "when": """
        createdat createdtime created submittedat submitted submissiondate requestdate timestamp createdon""",
    "id": """leadid submissionid eventid requestid messageid entryid idempotencykey""",
    "test": """test istest""",
    "honeypot": """websiteurlconfirm""",
    "car.year": """year modelyear bouwjaar vehicleyear""",
    "car.make": """make brand merk marke vehiclemake carmake""",
    "car.model": """model vehiclemodel carmodel modell modele""",
    "car.trim": """trim uitvoering version vehicletrim""",
    "car.vin": """vin chassisnummer""",
    "car.stock": """stock stocknumber stockno stockid voorraadnummer vehiclestock""",
    "car.price": """price prijs vraagprijs vehicleprice""",
    "car.url": """url vehicleurl carurl pageurl page advertentie advertentieurl""",
    "trade.plate": """plate licenseplate kenteken tradeinplate kennzeichen immatriculation nummerplaat""",
    "trade.odometer": """tradeinmileage tradeinkm kilometerstand inruilkm""",
}
FIELD = {word: ours for ours, words in _FORM_WORDS.items() for word in words.split()}
_CAR_WORDS = {
    "year": "year modelyear bouwjaar baujahr",
    "make": "make brand merk marke marque",
    "model": "model modell modele name title description",
    "trim": "trim version uitvoering",
    "vin": "vin",
    "stock": "stock stocknumber stockno stockid",
    "price": "price prijs",
    "currency": "currency",
    "url": "url link",
    "plate": "plate licenseplate kenteken kennzeichen",
    "odometer": "km mileage odometer kilometerstand",
    "odometer_units": "units",
    "color": "color colour kleur",
    "interest": "interest",
    "status": "status condition",
    "bodystyle": "bodystyle",
    "comments": "comments remarks",
}
CAR_FIELD = {word: ours for ours, words in _CAR_WORDS.items() for word in words.split()}
# Objects that only group fields. Any other object is kept whole in `extra`.
_WRAPPER_WORDS = """
    customer contact person buyer klant client kunde lead data fields field payload form formdata formresponse
    submission body values answers responses answer enquiry request details contactdetails
"""
WRAPPERS = frozenset(_WRAPPER_WORDS.split())
