"""A playbook page in the reader's words: the lines to say set apart from the lines about it."""

from dataclasses import dataclass

from django.utils.functional import cached_property
from django.utils.translation import pgettext

from leads.models.terms import in_reader_language

from .models import PlaybookPage, PlaybookText

QUOTES = ("“", "「", '"')
KINDS = PlaybookPage.Kind
ICONS = {
    KINDS.TALK: "message",
    KINDS.QUESTION: "info-circle",
    KINDS.FABE: "tag",
    KINDS.RULE: "clipboard-check",
    KINDS.PROMOTION: "flag",
}


@dataclass(frozen=True)
class Line:
    """One line; `said` = to be spoken as it stands."""

    words: str
    said: bool


@dataclass(frozen=True)
class Leaf:
    """One page as it is read."""

    text: PlaybookText

    @property
    def page(self) -> PlaybookPage:
        return self.text.page

    @property
    def icon(self) -> str:
        return ICONS[self.page.kind]

    @property
    def title(self) -> str:
        return in_reader_language(self.text.title_en, self.text.title_zh)

    @cached_property
    def lines(self) -> list[Line]:
        return _lines(in_reader_language(self.text.body_en, self.text.body_zh))

    @cached_property
    def expert(self) -> list[Line]:
        return _lines(in_reader_language(self.text.expert_en, self.text.expert_zh))

    @property
    def first(self) -> str:
        """What the list shows under the title: a line to say if there is one; of a FABE the benefit."""
        said = [line.words for line in self.lines if line.said] or [line.words for line in self.lines]
        return said[0] if said else self._part("benefit")

    @property
    def parts(self) -> list[tuple[str, str]]:
        """Feature, advantage, benefit and evidence with their names; empty for other kinds."""
        named = {
            "feature": pgettext("part of a benefit sentence", "Feature"),
            "advantage": pgettext("part of a benefit sentence", "Advantage"),
            "benefit": pgettext("part of a benefit sentence", "Benefit for the customer"),
            "evidence": pgettext("part of a benefit sentence", "Evidence"),
        }
        return [(name, self._part(part)) for part, name in named.items() if self._part(part)]

    def _part(self, part: str) -> str:
        parts = self.text.parts
        return in_reader_language(parts.get(f"{part}_en", ""), parts.get(f"{part}_zh", ""))

    @property
    def tags(self) -> list[str]:
        return [str(PlaybookPage.Tag(tag).label) for tag in self.page.tags if tag in PlaybookPage.Tag.values]


def _lines(words: str) -> list[Line]:
    """A quotation may go on over several lines."""
    lines, still_open = [], 0
    for line in filter(None, (line.strip() for line in words.splitlines())):
        lines.append(Line(line, line.startswith(QUOTES) or still_open > 0))
        still_open = max(0, still_open + line.count("“") - line.count("”"))
    return lines
