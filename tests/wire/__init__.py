"""Stand-ins for what lies outside the house: a push service, a phone's keys, a desktop's notification
service and a mail server. Everything speaks the real protocol on the loopback; nothing else is fake."""
