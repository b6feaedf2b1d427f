"""A real IMAP server, Debian's Dovecot, on a free port, with its files in a temporary directory of its own.

In: mails put straight into a mailbox, as a mail server would deliver them. Out: an IMAP address, and what a person's
mail program would see. Called by the tests of the mailboxes that we read. It ends with the process that started it.
"""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.databases import ServerError, free_port

USER, PASSWORD = "leads@doesburg.example", "geheim"
START_LIMIT = 30.0
CONFIG = """
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 0
mail_location = maildir:{dir}/mail/%n
mail_uid = {user}
mail_gid = {group}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={dir}/mail/%n
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


class Dovecot:
    """`with Dovecot() as server:` serves one mailbox."""

    def __init__(self) -> None:
        self.port = free_port()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, key: str) -> str:
        """As IMAP_MAILBOXES wants it."""
        return f"imap://{USER.replace('@', '%40')}:{PASSWORD}@{self.host}/INBOX#{key}"

    def deliver(self, raw: bytes, at: datetime | None = None) -> None:
        """Put one mail into the inbox; `at`: when it came in."""
        with self._signed_in() as client:
            when = imaplib.Time2Internaldate(at) if at else ""
            status, said = client.append("INBOX", "", when, raw)
            assert status == "OK", said

    def empty(self) -> None:
        """As before the first mail."""
        with self._signed_in() as client:
            _, (count,) = client.select("INBOX")
            if count != b"0":
                client.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")
                client.expunge()

    def flags(self) -> list[str]:
        """The flags of every mail in the inbox, as the server prints them."""
        with self._signed_in() as client:
            client.select("INBOX", readonly=True)
            _, found = client.fetch("1:*", "(FLAGS)")
            return [line.decode() for line in found if isinstance(line, bytes)]

    def start(self) -> None:
        """Serve (again)."""
        config = self.directory / "dovecot.conf"
        program = shutil.which("dovecot") or "/usr/sbin/dovecot"
        if not Path(program).exists():
            raise ServerError("Dovecot is not installed: run `bin/setup dev`, which installs it or says how")
        setpriv = ["setpriv", "--pdeathsig", "TERM", "--"]
        self._process = subprocess.Popen(
            [*setpriv, program, "-F", "-c", str(config)], stdin=subprocess.DEVNULL, start_new_session=True
        )
        end = time.monotonic() + START_LIMIT
        while self._process.poll() is None and time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        log = self.directory / "log"
        raise ServerError(f"Dovecot did not start:\n{log.read_text() if log.exists() else ''}")

    def stop(self) -> None:
        """As a restart of the mail server looks to whoever reads there."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(20)

    def _signed_in(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        client.login(USER, PASSWORD)
        return client

    def __enter__(self) -> Self:
        self.directory = Path(tempfile.mkdtemp(prefix="firstcall-dovecot-"))
        person = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        for name in ("run", "state", "mail"):
            (self.directory / name).mkdir()
        os.chmod(self.directory, 0o755)
        os.chown(self.directory / "mail", person.pw_uid, person.pw_gid)
        group = grp.getgrgid(person.pw_gid).gr_name
        facts = {"dir": self.directory, "user": person.pw_name, "group": group, "port": self.port}
        (self.directory / "dovecot.conf").write_text(CONFIG.format(password=PASSWORD, **facts))
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
