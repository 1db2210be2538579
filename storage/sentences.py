"""Sentences that travel: the English one, and beside it what others are made of."""

from __future__ import annotations

from pydantic import Field

from moderation import told
from moderation.told import Told
from storage.values import Travelling


class Sent(Travelling):
    """A sentence on its way between programs; one without a template is English, whoever reads it."""

    english: str
    template: str | None = None
    fields: dict[str, int | float | str | Sent] = Field(default_factory=dict)

    @classmethod
    def of(cls, said: str) -> Sent:
        """Pack a sentence."""
        if not isinstance(said, Told):
            return cls(english=said)
        fields = {
            name: cls.of(value) if isinstance(value, Told) else value for name, value in said.fields.items()
        }
        return cls(english=said, template=said.template, fields=fields)

    @property
    def said(self) -> str:
        """Give the sentence. Its English is taken as it came: a template from elsewhere may be anything."""
        if self.template is None:
            return self.english
        fields: dict[str, told.Field] = {
            name: value.said if isinstance(value, Sent) else value for name, value in self.fields.items()
        }
        return Told.remembered(self.english, self.template, fields)
