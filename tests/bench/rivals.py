"""The usual ways to send pushes, as their own programs: pywebpush in 32 threads, and node's web-push.

In: a file of pushes (``drain``). Out: requests at the push service, where they are timed. Both get what makes them
fastest: one shared, kept-alive pool of connections, keys parsed once, no check of anything.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYWEBPUSH, NODE = "pywebpush, 32 threads", "node web-push, keep-alive"
PLACE = ROOT / "var" / "bench" / "web-push"
"""Where npm puts web-push, for the benchmark alone."""
VERSION = "3.6.7"
THREADS = 32
_PYTHON = f"""
import json, sys
from concurrent.futures import ThreadPoolExecutor
import requests
from py_vapid import Vapid
from pywebpush import webpush
bundle = json.load(open(sys.argv[1]))
session = requests.Session()
session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize={THREADS}))
vapid = Vapid.from_string(bundle["vapid"]["private"])
def send(push):
    webpush(push["subscription"], push["payload"], vapid_private_key=vapid, ttl=3600,
            vapid_claims={{"sub": bundle["vapid"]["subject"]}}, requests_session=session, timeout=20,
            headers={{"urgency": "high", "topic": push["topic"]}})
with ThreadPoolExecutor({THREADS}) as pool:
    list(pool.map(send, bundle["pushes"]))
"""
_NODE = """
const https = require("https"), fs = require("fs"), webpush = require("web-push");
const { vapid, pushes } = JSON.parse(fs.readFileSync(process.argv[2]));
const agent = new https.Agent({ keepAlive: true, maxSockets: 200 });
const vapidDetails = { subject: vapid.subject, publicKey: vapid.public, privateKey: vapid.private };
const send = ({ subscription, payload, topic }) => webpush.sendNotification(subscription, payload,
  { vapidDetails, TTL: 3600, urgency: "high", topic, agent });
(async () => {
  const queue = pushes.values();
  await Promise.all(Array.from({ length: 200 }, async () => { for (const push of queue) await send(push); }));
  agent.destroy();
})();
"""


class Unavailable(Exception):
    """This rival cannot be run here; the message says why."""


@dataclass(frozen=True)
class Rival:
    """One of them, by name."""

    name: str

    def send(self, bundle: Path, ca_file: Path) -> None:
        """Send everything in ``bundle``, trusting ``ca_file``. Raises ``Unavailable`` when its program cannot be had."""
        trust = {"REQUESTS_CA_BUNDLE": str(ca_file), "NODE_EXTRA_CA_CERTS": str(ca_file)}
        if self.name == PYWEBPUSH:
            self._run([sys.executable, "-c", _PYTHON, str(bundle)], trust)
            return
        _install()
        script = PLACE / "send.cjs"
        script.write_text(_NODE)
        self._run([program("node"), str(script), str(bundle)], trust)

    def _run(self, command: list[str], trust: dict[str, str]) -> None:
        env = {**os.environ, **trust}
        ended = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False
        )
        if ended.returncode:
            raise Unavailable(f"{self.name} ended with {ended.returncode}: {ended.stderr[-500:]}")


def _install() -> None:
    if (PLACE / "node_modules" / "web-push").is_dir():
        return
    PLACE.mkdir(parents=True, exist_ok=True)
    command = [
        program("npm"),
        "install",
        "--no-audit",
        "--no-fund",
        "--prefix",
        str(PLACE),
        f"web-push@{VERSION}",
    ]
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    try:
        ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unavailable("npm did not get web-push within 180 s") from error
    if ended.returncode:
        raise Unavailable(f"npm could not get web-push: {ended.stderr[-300:]}")


def program(name: str) -> str:
    """Where this program is: beside our Python, else on the path. Raises ``Unavailable``."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise Unavailable(f"there is no {name} here")
    return found
