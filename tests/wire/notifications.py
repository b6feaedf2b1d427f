"""The desktop's notification service (org.freedesktop.Notifications) on a private D-Bus of its own.

In: what browsers show and close. Out: `Shown` objects, clicks and dismissals. Called by tests;
browsers get `.address` as DBUS_SESSION_BUS_ADDRESS, so that nothing depends on the machine's own bus.
Protocol: https://specifications.freedesktop.org/notification-spec/
"""

# Without `from __future__ import annotations`: dbus-fast reads the annotations as D-Bus signatures.
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Annotated, Self

from dbus_fast import Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusInt32, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method, dbus_signal

from tests.wire.loop_thread import LoopThread
from tests.wire.tether import Tethered

NAME = "org.freedesktop.Notifications"
Strings = Annotated[list[str], DBusSignature("as")]
Hints = Annotated[dict[str, Variant], DBusSignature("a{sv}")]
Server = Annotated[tuple[str, str, str, str], DBusSignature("ssss")]
IdAndAction = Annotated[tuple[int, str], DBusSignature("us")]
IdAndReason = Annotated[tuple[int, int], DBusSignature("uu")]

# No activation directories: a browser that asks for a portal or accessibility gets a quick "no".
_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>"""


@dataclass(frozen=True)
class Shown:
    """One notification on the screen. `actions`: key → label, as the browser named them.

    `replaces` is the id of the notification it took the place of, or 0.
    """

    id: int
    summary: str
    body: str
    actions: dict[str, str]
    app: str
    replaces: int

    def action(self, label: str) -> str:
        """The key of the button with this label (Firefox appends "-moz", Chromium counts from "0")."""
        return next(key for key, text in self.actions.items() if text == label)


class _Desktop(ServiceInterface):
    """The D-Bus object. Its methods run on the loop's thread; `changed` guards both lists."""

    def __init__(self) -> None:
        super().__init__(NAME)
        self.shown: list[Shown] = []
        self.closed: list[int] = []
        self.changed = threading.Condition()
        self._last = 0

    @dbus_method()
    def GetCapabilities(self) -> Strings:
        return ["actions", "body", "body-markup", "persistence"]

    @dbus_method()
    def GetServerInformation(self) -> Server:
        return ("desktop", "tests", "1", "1.2")

    @dbus_method()
    def Notify(
        self,
        app: DBusStr,
        replaces: DBusUInt32,
        icon: DBusStr,
        summary: DBusStr,
        body: DBusStr,
        actions: Strings,
        hints: Hints,
        timeout: DBusInt32,
    ) -> DBusUInt32:
        if not replaces:
            self._last += 1
        number = replaces or self._last
        named = dict(zip(actions[::2], actions[1::2], strict=True))
        with self.changed:
            self.shown.append(Shown(number, summary, body, named, app, replaces))
            self.changed.notify_all()
        return number

    @dbus_method()
    def CloseNotification(self, number: DBusUInt32) -> None:
        with self.changed:
            self.closed.append(number)
            self.changed.notify_all()
        self.NotificationClosed(number, 3)

    @dbus_signal()
    def ActionInvoked(self, number: int, action: str) -> IdAndAction:
        return (number, action)

    @dbus_signal()
    def NotificationClosed(self, number: int, reason: int) -> IdAndReason:
        return (number, reason)


class NotificationDaemon:
    """`with NotificationDaemon() as desktop:` runs a bus and the notification service on it."""

    address: str

    def __init__(self) -> None:
        self._desktop = _Desktop()
        self._seen = 0

    @property
    def shown(self) -> list[Shown]:
        """Everything shown since the start, oldest first."""
        with self._desktop.changed:
            return list(self._desktop.shown)

    def wait_shown(self, timeout: float = 10.0, summary: str | None = None) -> Shown:
        """The next notification not yet returned, skipping others than `summary`.

        AssertionError when none comes within `timeout` seconds.
        """
        desktop = self._desktop

        def arrived() -> bool:
            while self._seen < len(desktop.shown):
                self._seen += 1
                if summary in (None, desktop.shown[self._seen - 1].summary):
                    return True
            return False

        with desktop.changed:
            there = desktop.changed.wait_for(arrived, timeout)
            assert there, f"nothing shown in {timeout} s (wanted {summary!r}); before: {desktop.shown}"
            return desktop.shown[self._seen - 1]

    def wait_closed(self, number: int, timeout: float = 10.0) -> None:
        """Returns when the browser took this notification away itself; AssertionError when it does not."""
        with self._desktop.changed:
            there = self._desktop.changed.wait_for(lambda: number in self._desktop.closed, timeout)
            assert there, f"notification {number} still there after {timeout} s"

    def click(self, number: int, action: str = "default") -> None:
        """A click on the notification, or on the button whose key is `action`."""
        self._thread.call(self._desktop.ActionInvoked, number, action)

    def close(self, number: int) -> None:
        """The person swipes the notification away."""
        self._thread.call(self._desktop.NotificationClosed, number, 2)

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="bus"))
        config = self._folder / "bus.conf"
        config.write_text(_CONFIG.format(folder=self._folder))
        command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile", "--print-address"]
        self._daemon = Tethered(command, stdout=subprocess.PIPE)
        self._thread = LoopThread("notification service")
        try:
            self.address = self._daemon.first_line()
            self._bus = self._thread.run(self._serve())
        except BaseException:
            self._end()
            raise
        return self

    async def _serve(self) -> MessageBus:
        bus = await MessageBus(bus_address=self.address).connect()
        bus.export("/org/freedesktop/Notifications", self._desktop)
        await bus.request_name(NAME)
        return bus

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._thread.call(self._bus.disconnect)
        self._end()

    def _end(self) -> None:
        self._thread.stop()
        self._daemon.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
