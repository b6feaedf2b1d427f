"""An e-mail to a customer as plain values, and as the text and the HTML that leave the house.

In: sentences that are already rendered. Out: ``payload``: subject, text, html, language. The HTML is escaped
by Jinja; nothing a customer typed can become markup. Called by ``mails``.
"""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

NO_BREAK = "\u00a0"
_HTML = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


@dataclass(frozen=True)
class Link:
    """Words to click on, and where they lead."""

    label: str
    address: str


@dataclass(frozen=True)
class Letter:
    """``ask`` is the one open question, ``ask_how`` how to answer it; ``signature`` has one line an entry.
    ``number`` is not broken across lines where it stands.
    """

    language: str
    subject: str
    greeting: str
    paragraphs: tuple[str, ...]
    signature: tuple[str, ...]
    ask: str = ""
    ask_how: str = ""
    page: Link | None = None
    stop: Link | None = None
    number: str = ""

    def payload(self) -> dict[str, str]:
        """What the outbox keeps: subject, text, html, language."""
        return {"subject": self.subject, "text": self.text(), "html": self.html(), "language": self.language}

    def text(self) -> str:
        """The plain text part: paragraphs with empty lines between them, links written out."""
        ask = "\n".join(line for line in (self.ask, self.ask_how) if line)
        links = [f"{link.label}:\n{link.address}" for link in (self.page,) if link]
        parts = [self.greeting, *self.paragraphs, ask, *links, "\n".join(self.signature)]
        if self.stop:
            parts.append(f"--\n{self.stop.label}:\n{self.stop.address}")
        return "\n\n".join(part for part in parts if part) + "\n"

    def html(self) -> str:
        """The HTML part: one column, no image, nothing loaded from anywhere."""
        unbroken = self.number.replace(" ", NO_BREAK)
        paragraphs = [
            text.replace(self.number, unbroken) if self.number else text for text in self.paragraphs
        ]
        return _HTML.get_template("letter.html").render(letter=self, paragraphs=paragraphs)
