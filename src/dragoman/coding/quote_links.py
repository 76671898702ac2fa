"""Which cue a stretch of direct speech belongs to; a quote without a cue of its own continues the last speaker."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from dragoman.coding.attribution_frames import Draft, source_range
from dragoman.coding.quotes import Quote, paragraphs
from dragoman.coding.speech_lexicon import SpeechRow
from dragoman.coding.tree import SUBJECTS, Tree

Span = tuple[int, int]

DIRECT = SpeechRow(
    lemma="",
    frames=frozenset({"quote"}),
    prepositions=frozenset(),
    particles=frozenset(),
    stance="asserts",
    certainty=0.8,
)
_LABEL = re.compile(
    r"[A-Z][\w.'’-]*(?:[ \xa0](?:(?:of|the|and|for|to|de|al|bin|van|von)[ \xa0])*[A-Z][\w.'’,-]*){0,14}"
    r"(?:\s?\([^()\n]{1,60}\))?(?=:\s)"
)
_FIRST_PERSON = re.compile(r"\b(?:I|we|We|my|My|our|Our|us|me)\b")
MAX_HEADLINE_LABEL = 45
_WORD = re.compile(r"\w+")


class Linker:
    """Settles the content of statements against the quotes of one text."""

    def __init__(self, tree: Tree, quotes: list[Quote], drafts: list[Draft]) -> None:
        self.tree, self.text, self.quotes = tree, tree.text, quotes
        self.drafts = drafts
        self.starts = [quote.start for quote in quotes]
        self.owner: dict[int, Draft] = {}

    def run(self) -> list[Draft]:
        """Drafts with their content as character spans; those that end up without content are dropped."""
        for draft in self.drafts:
            self._place(draft)
        self._adopt_cueless_verbs()
        self._continue()
        return [draft for draft in self.drafts if draft.spans]

    def quote_at(self, start: int, end: int) -> range:
        """Indices of the quotes that share a character with the span."""
        first = bisect_right(self.starts, start) - 1
        if first < 0 or self.quotes[first].end <= start:
            first += 1
        return range(first, bisect_left(self.starts, end))

    def _place(self, draft: Draft) -> None:
        """Content as characters; a quote that the content touches belongs to it whole, unless the cue is inside it."""
        tree = self.tree
        cue_start, cue_end = tree.start[draft.cue], tree.end[draft.cue]
        inside = self.quote_at(cue_start, cue_end)
        spans = [(tree.start[a], tree.end[b]) for a, b in draft.content]
        if not spans and not inside and "quote" in draft.row.frames:
            spans = self._adjacent(draft)
        if inside or draft.kind == "noun":
            draft.spans = spans
            return
        grown = []
        for start, end in spans:
            for number in self.quote_at(start, end):
                quote = self.quotes[number]
                if quote.end <= cue_start or quote.start >= cue_end:
                    whole = start <= quote.start + 1 and end >= quote.end - 2
                    if draft.clausal or whole or len(_WORD.findall(self.text[quote.start : quote.end])) > 2:
                        start, end = min(start, quote.start), max(end, quote.end)
                        if draft.kind in ("verb", "according") and "quote" in draft.row.frames:
                            self.owner.setdefault(number, draft)
            grown.append((start, end))
        draft.spans = grown

    def region(self, draft: Draft) -> Span:
        """Characters of the cue clause: source, cue and short modifiers, without the content."""
        tree, verb = self.tree, draft.cue
        first, last = draft.cues[0][0], draft.cues[-1][1]
        for child in tree.children[verb]:
            dep = tree.dep[child]
            if dep in SUBJECTS and tree.sentence[child] == tree.sentence[verb]:
                first, last = min(first, tree.first[child]), max(last, tree.last[child])
            elif child > verb and dep in ("prep", "npadvmod", "advmod", "dobj", "dative", "advcl", "prt"):
                last = max(last, tree.last[child])
        if draft.source is not None:
            first, last = min(first, draft.source[0]), max(last, draft.source[1])
        return tree.start[first], tree.end[last]

    def _last(self, quote: Quote) -> str:
        """The last character within the marks (a mark can be two apostrophes)."""
        return self.text[quote.start : quote.end].rstrip("'’\"”»")[-1:]

    def _adjacent(self, draft: Draft) -> list[Span]:
        """The quote right before or right after a cue whose content the parser did not find."""
        start, end = self.region(draft)
        before = bisect_left(self.starts, start) - 1
        if before >= 0:
            quote = self.quotes[before]
            gap = self.text[quote.end : start]
            if len(gap) <= 3 and not gap.strip(" ,—–-") and self._last(quote) in tuple(",?!.…—-"):
                self.owner.setdefault(before, draft)
                draft.fronted = True
                return [(quote.start, quote.end)]
        after = bisect_left(self.starts, self.tree.end[draft.cue])
        if after < len(self.quotes):
            quote = self.quotes[after]
            gap = self.text[min(end, quote.start) : quote.start]
            within = self.text[self.tree.end[draft.cue] : quote.start]
            near = len(within) < 90 and "\n\n" not in within.strip() and not gap.strip(" ,:\n—")
            if near and (within.rstrip().endswith((":", ",")) or not within.strip()):
                self.owner.setdefault(after, draft)
                return [(quote.start, quote.end)]
        return []

    def _adopt_cueless_verbs(self) -> None:
        """Any verb beside a whole quote is a verb of speech there ("…," he shrugged)."""
        tree = self.tree
        for number, quote in enumerate(self.quotes):
            if number in self.owner or quote.single or self._last(quote) not in tuple(",?!"):
                continue
            verb = self._verb_after(quote.end)
            if verb is None:
                continue
            subject = tree.subject(verb)
            if subject is None or tree.lower[subject] in ("that", "which", "it", "this"):
                continue
            draft = Draft(cue=verb, row=DIRECT, kind="verb", cues=[(verb, verb)], clausal=True, fronted=True)
            draft.source_head, draft.source = subject, source_range(tree, subject, verb)
            draft.spans = [(quote.start, quote.end)]
            self.owner[number] = draft
            self.drafts.append(draft)

    def _verb_after(self, at: int) -> int | None:
        """The finite verb with a subject that starts right after a character offset, before the sentence's end."""
        tree = self.tree
        token = bisect_left(tree.start, at)
        for i in range(token, min(token + 8, tree.size)):
            if tree.tag[i] in ("VBD", "VBZ", "VBP") and tree.dep[i] not in ("aux", "auxpass"):
                subject = tree.subject(i)
                if subject is not None and min(tree.first[subject], i) <= token + 1:
                    return i
                return None
            if tree.lower[i] in (".", ",") or tree.doc[i].text[:1] in '“"':
                return None
        return None

    def _continue(self) -> None:
        """Quotes without a cue of their own go to the speaker of the quote or statement before them."""
        bounds = paragraphs(self.text)
        paragraph_of = [bisect_right([b[0] for b in bounds], quote.start) - 1 for quote in self.quotes]
        cue_paragraphs = self._cues_by_paragraph([b[0] for b in bounds])
        for number, quote in enumerate(self.quotes):
            if number in self.owner or not self._stands_alone(number):
                continue
            draft = self._previous(number, paragraph_of, cue_paragraphs)
            if draft is not None:
                self.owner[number] = draft
                draft.spans = _merged([*draft.spans, (quote.start, quote.end)], self.text)

    def _cues_by_paragraph(self, starts: list[int]) -> dict[int, Draft]:
        """The last verb of direct speech in each paragraph, for quotes that follow a full stop or a colon."""
        out: dict[int, Draft] = {}
        for draft in self.drafts:
            if draft.kind == "verb" and draft.spans and "quote" in draft.row.frames:
                out[bisect_right(starts, self.tree.start[draft.cue]) - 1] = draft
        return out

    def _stands_alone(self, number: int) -> bool:
        """Whether the quote is whole sentences, not words quoted within a sentence of the author."""
        quote = self.quotes[number]
        if quote.single:
            return False
        before = self.text[: quote.start].rstrip(" ")
        at_start = not before or before[-1] in '.!?:\n”"…' or before.endswith(("\xa0",))
        body = self.text[quote.start : quote.end].strip("'’‘\"“”«»„` ")
        ends = quote.open_end or (bool(body) and body[-1] in ".!?…—,")
        return at_start and ends and len(_WORD.findall(body)) >= 2

    def _previous(self, number: int, paragraph_of: list[int], cues: dict[int, Draft]) -> Draft | None:
        here = paragraph_of[number]
        for back in range(number - 1, max(-1, number - 4), -1):
            if back in self.owner and not self.quotes[back].single:
                if here - paragraph_of[back] <= 1 or self.quotes[number - 1].open_end:
                    return self.owner[back]
                break
        return cues.get(here) or cues.get(here - 1)


def _merged(spans: list[Span], text: str) -> list[Span]:
    """Spans in order, those joined with only blanks between them."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and (start <= out[-1][1] or (start - out[-1][1] <= 2 and not text[out[-1][1] : start].strip())):
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


TURN = SpeechRow(
    lemma=":",
    frames=frozenset({"that"}),
    prepositions=frozenset(),
    particles=frozenset(),
    stance="asserts",
    certainty=0.95,
)


def colon_drafts(tree: Tree) -> list[Draft]:
    """ "Smith: X" at the head of a paragraph: a headline, or a turn of a transcript with all its paragraphs."""
    text = tree.text
    bounds = paragraphs(text)
    labels = [(n, m) for n, (start, end) in enumerate(bounds) if (m := _label(text, start, end)) is not None]
    out = []
    for place, (number, match) in enumerate(labels):
        draft = _turn(tree, match)
        if draft is None:
            continue
        following = labels[place + 1][0] if place + 1 < len(labels) else len(bounds)
        end = bounds[number][1]
        body = match.end() + 1
        draft.spans = [(body + len(text[body:end]) - len(text[body:end].lstrip()), end)]
        if number > 0 and (len(labels) > 1 or match[0].isupper() or _FIRST_PERSON.search(text, body, end)):
            draft.spans += bounds[number + 1 : following]
        out.append(draft)
    return out


def _label(text: str, start: int, end: int) -> re.Match[str] | None:
    match = _LABEL.match(text, start, end)
    if match is None or match.end() + 2 >= end:
        return None
    return match if start or match.end() - start <= MAX_HEADLINE_LABEL else None


def _turn(tree: Tree, match: re.Match[str]) -> Draft | None:
    """The statement of one label, without its content; None where the label is not a phrase that names somebody."""
    # The tokenizer takes "):" for one token, so the colon is found by the token that covers it.
    first, colon = bisect_left(tree.start, match.start()), bisect_right(tree.start, match.end()) - 1
    if not tree.lower[colon].endswith(":") or colon <= first:
        return None
    opening = next((i for i in range(first + 1, colon) if tree.lower[i] == "("), colon)
    last = opening - 1
    if any(tree.is_verb(i) for i in range(first, opening)):
        return None
    draft = Draft(cue=colon, row=TURN, kind="colon", source=(first, last), cues=[(colon, colon)], clausal=True)
    draft.source_head = next((i for i in range(last, first - 1, -1) if tree.is_noun(i)), last)
    return draft
