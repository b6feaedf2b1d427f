"""Field names of call trackers and form builders beyond those of forms, and whose fields are not the customer's.

In: nothing. Out: tables of compared names (lower case, no accents, blanks or punctuation). Data only; read by
`generic_find` and `generic_calls`.
"""

from __future__ import annotations

# From what `form_names` calls a field to the name that a record for `form` gives it.
FIELD_NAMES = {
    "name": "name", "first": "first_name", "last": "last_name", "infix": "infix", "middle": "middle_name",
    "company": "company", "phone": "phone", "mobile": "mobile", "whatsapp": "whatsapp", "email": "email",
    "message": "message", "car": "vehicle", "tradein": "trade_in", "language": "language",
    "channel": "preferred_channel", "id": "lead_id", "when": "created_at", "consent": "consent",
    "source": "source", "service": "type", "test": "test", "honeypot": "website_url_confirm",
}  # fmt: skip

_ALSO = {
    "name": """
        customername callername cnam contactname leadname buyername clientname yourname wholename fullnames
        formattedcustomername guestname respondentname sendername displayname""",
    "phone": """
        customerphonenumber callernumber callernum callerid callerphone callerphonenumber contactnumber
        contactphone customerphone customernumber yourtel yourphone yourphonenumber phonenumber1 phone1 tel1
        callernumberbare fromnumber ani leadphone buyerphone phonenumberraw contactphonenumber telno
        customerphoneraw callernumberformat""",
    "email": """
        customeremail contactemail leademail buyeremail youremail emailaddress1 email1 clientemail
        primaryemail replyto workemail respondentemail senderemail""",
    "message": """
        yourmessage messagebody formmessage details description body content text questionsorcomments
        questionscomments transcription voicemailtranscription note callnotes additionalinfo
        additionalinformation howcanwehelp waarmeekunnenwehelpen bericht uwbericht""",
    "vehicle": """
        vehicleofinterest carofinterest vehiclename vehicletitle vehicledescription interestedin
        interestedvehicle desiredvehicle interest autovoorkeur gewensteauto modelofinterest productname""",
    "trade_in": """
        tradeinvehicle tradeindescription tradeininfo tradeincar tradeindetails currentvehicle currentcar
        inruilauto huidigeauto""",
    "created_at": """
        starttime calledat calltime datecreated createddate datetime submissiontime entrydate receivedat
        completedat submittedon dateofsubmission leadsubmittime""",
    "source": "sourcename trackingsource trackingsourcename leadsourcename channelname",
    "lead_id": "callid sid responseid formresponseid submissionguid conversionid uuid",
    # The same number in other dress, or of no use: known, and not read.
    "": """
        formattedcustomerphonenumber formattedcustomernameorphonenumber formname typeformname username userid
        userphone formtitle sitename pagename pagetitle eventname campaignname adname adsetname utmsource
        utmmedium utmcampaign utmterm utmcontent eventtype calltype subject""",
}
ALSO: dict[str, str] = {word: name for name, words in _ALSO.items() for word in words.split()}
# A form's own subject or type names the kind of request, as in `form`.
for _word in ("subject",):
    ALSO.pop(_word)

# Below an object of such a name nothing is the customer's.
NOT_THEIRS_WORDS = """
    dealer dealership vendor seller verkoper handler verkaufer vendeur agent assignee assignedto owner salesperson
    salesrep company account location showroom store branch business provider site organization tracker numberpool
    receiver recipient user createdby updatedby staff employee responsible manager integrationdata portal shop
    """
NOT_THEIRS = frozenset(NOT_THEIRS_WORDS.split())
# Nor is a field whose name begins so ("dealer_email", "trackingNumber"), unless it is known by its whole name.
NOT_THEIRS_EITHER = (
    "dealer", "vendor", "seller", "agent", "assigned", "owner", "sales", "company", "business", "formattedbusiness",
    "tracking", "formattedtracking", "destination", "receiving", "called", "dialed", "dialled", "tonumber", "ringto",
    "forward", "provider", "recipient", "receiver", "staff", "employee", "manager", "store", "showroom", "branch",
    "account", "site", "verkoper", "portal", "shop", "office", "support",
)  # fmt: skip

CUSTOMER_WORDS = """
    customer contact person buyer client klant kunde lead data fields field payload form formdata formresponse
    submission body values answers responses answer enquiry inquiry request details contactdetails caller prospect
    guest respondent applicant individual profile formfields properties customerdetails contactinfo personal
    requester hiddenfields koper attributes record entry info event result input inputs
    """
CUSTOMER = frozenset(CUSTOMER_WORDS.split())

PREFIXES = (
    "customer", "contact", "lead", "buyer", "client", "klant", "your", "uw", "form", "caller", "prospect", "field",
    "input", "person", "applicant",
)  # fmt: skip
