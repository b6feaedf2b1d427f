"""The nouns: one a file, with their states and single-row verbs. No I/O, no commit."""

from app.models.attempt import CONTACT, Attempt, Channel, Outcome
from app.models.bookkeeping import Heartbeat, RequestKey
from app.models.cadence import CadenceVersion
from app.models.customer import MATCHES, ContactPoint, Customer, PointKind, StopScope, Suppression
from app.models.delivery import NOT_LEFT, Delivery, DeliveryChannel, DeliveryState
from app.models.device import Device, DeviceLink, PushState, Subscription
from app.models.event import Event, append, happened
from app.models.file import File, FileKind, Note
from app.models.follow_up import STILL_OPEN, Assignment, EndReason, FollowUp, FollowUpState, StepKind
from app.models.group import Availability, Group, Person, Role, SecondChannel, Showroom
from app.models.lead import Lead, LeadState
from app.models.passkey import Passkey
from app.models.rota import Absence, OnCall
from app.models.source import Source, SourceTemplate, Submission, SubmissionState

__all__ = [
    "CONTACT",
    "MATCHES",
    "NOT_LEFT",
    "STILL_OPEN",
    "Absence",
    "Assignment",
    "Attempt",
    "Availability",
    "CadenceVersion",
    "Channel",
    "ContactPoint",
    "Customer",
    "Delivery",
    "DeliveryChannel",
    "DeliveryState",
    "Device",
    "DeviceLink",
    "EndReason",
    "Event",
    "File",
    "FileKind",
    "FollowUp",
    "FollowUpState",
    "Group",
    "Heartbeat",
    "Lead",
    "LeadState",
    "Note",
    "OnCall",
    "Outcome",
    "Passkey",
    "Person",
    "PointKind",
    "PushState",
    "RequestKey",
    "Role",
    "SecondChannel",
    "Showroom",
    "Source",
    "SourceTemplate",
    "StepKind",
    "StopScope",
    "Submission",
    "SubmissionState",
    "Subscription",
    "Suppression",
    "append",
    "happened",
]
