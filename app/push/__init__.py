"""Web push only: keys, subscriptions, payloads, the wire. Facts behind the choices: docs/adr/0003-push-transport.md."""
