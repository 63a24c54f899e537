"""Verbs of saying: which words are one, how much each proves, and who its subject is."""

from __future__ import annotations

from digest.writing.cast import Cast
from digest.writing.language import Language
from digest.writing.subjects import Grammar, Phrase, PhraseKind
from digest.writing.tokens import QUOTE, Sentence, Tokens

STRONG, WEAK, NONE = 2, 1, 0
_REACH = 60
_CHAIN = 20
"""Verbs that one may inherit its subject through."""
_DASHES = frozenset(("—", "–", "--", "-"))
_PARTICIPLES = ("ed", "told", "called", "written", "said", "seen", "heard", "known", "quoted")


class Verbs:
    """The verbs of one tokenized body."""

    def __init__(self, tokens: Tokens, cast: Cast, language: Language, grammar: Grammar) -> None:
        self._tokens = tokens
        self._cast = cast
        self._language = language
        self._grammar = grammar
        self._subjects: dict[int, Phrase | None] = {}

    def strength(self, index: int) -> int:
        """STRONG for a verb of saying, WEAK for one that may introduce quoted words, NONE for anything else."""
        lower, language = self._tokens.lower, self._language
        word = lower[index]
        if word not in language.cues or index in self._cast.at:
            return NONE
        before = lower[index - 1] if index else ""
        if word in language.nouns and (
            before in language.determiners
            or before in language.possessives
            or before == "'s"
            or (before in language.prepositions and not word.endswith("ing"))
        ):
            return NONE
        if word.endswith(_PARTICIPLES):
            if before in language.passive:
                return NONE
            if index + 1 < len(lower) and lower[index + 1] in language.agents:
                return NONE
        if before == "to" or (before in language.adverbs and index > 1 and lower[index - 2] == "to"):
            return WEAK if word in language.strong else NONE
        return STRONG if word in language.strong else WEAK

    def past(self, index: int) -> bool:
        """Whether this may be a past tense that the lexicon does not list: riffed."""
        word = self._tokens.lower[index]
        return (
            word.endswith("ed")
            and len(word) > 4
            and self._tokens.words[index].islower()
            and index not in self._cast.at
            and word not in self._language.nonverbs
            and self._tokens.lower[index - 1] not in self._language.auxiliaries
        )

    def subject(self, cue: int, sentence: Sentence, depth: int = 0) -> Phrase | None:
        """Who does what the verb says, be it beside the verb or inherited from an earlier one."""
        if cue not in self._subjects:
            self._subjects[cue] = self._seek(cue, sentence, depth)
        return self._subjects[cue]

    def relative(self, cue: int, phrase: Phrase) -> bool:
        """Whether the verb stands in a clause with “who” or “which”."""
        return any(word in self._language.relatives for word in self._tokens.lower[phrase.last : cue])

    def _seek(self, cue: int, sentence: Sentence, depth: int) -> Phrase | None:
        lower, language = self._tokens.lower, self._language
        low = self.start(sentence)
        if cue <= low:
            return self._grammar.after(cue, sentence.last)
        if not language.cased:
            around = self._grammar.after(cue, sentence.last), self._grammar.before(cue, low)
            named = (phrase for phrase in around if phrase is not None and phrase.kind is PhraseKind.NAME)
            return next(named, around[0] or around[1])
        before = lower[cue - 1]
        if before == "to" or (before in language.adverbs and cue - 2 > low and lower[cue - 2] == "to"):
            return self._governor(cue, low)
        participle = lower[cue].endswith("ing")
        inherits = before in language.conjunctions or (
            participle and (before == "," or before in language.prepositions)
        )
        if not inherits:
            phrase = self._grammar.before(cue, low)
            if phrase is not None and lower[cue] in language.nouns and self._is_modifier(phrase):
                return None  # in somber comments, …: a noun after all
            if phrase is not None and not (participle and self._is_object(phrase, low)):
                return phrase
        return self._inherited(cue, sentence, low, depth) if depth < _CHAIN else None

    def _governor(self, cue: int, low: int) -> Phrase | None:
        """The subject of the verb that an infinitive hangs on: Rubio went on to | say."""
        lower, language = self._tokens.lower, self._language
        verb = cue - 1
        while verb > low and (lower[verb] == "to" or lower[verb] in language.adverbs or lower[verb] == "on"):
            verb -= 1
        if verb <= low:
            return None
        phrase = self._grammar.before(verb, low)
        return phrase if phrase is not None else self._grammar.main(low, verb)

    def _is_object(self, phrase: Phrase, low: int) -> bool:
        """Whether a phrase before a participle is not its subject: issued a statement | saying."""
        first = phrase.mention.lead if phrase.mention is not None else phrase.first
        if first <= low:
            return False
        before = self._tokens.lower[first - 1]
        if phrase.kind is PhraseKind.NAME:
            return before != "with" and before not in (",", QUOTE, "and", "of") and before not in _DASHES
        return before not in ("with", ",")

    def _is_modifier(self, phrase: Phrase) -> bool:
        """Whether a phrase before a doubtful verb is only its adjective."""
        lone = phrase.last - phrase.first == 1
        return phrase.kind is PhraseKind.NOUN and lone and not self._tokens.lower[phrase.first].endswith("s")

    def _inherited(self, cue: int, sentence: Sentence, low: int, depth: int) -> Phrase | None:
        """The subject of the nearest earlier verb of saying, else of the whole clause."""
        for earlier in range(cue - 1, max(low, cue - _REACH) - 1, -1):
            if self.strength(earlier) and earlier in self._subjects:
                inherited = self._subjects[earlier]
                if inherited is not None:
                    return inherited
            elif (
                self.strength(earlier) == STRONG and self._tokens.lower[earlier - 1] not in self._language.subordinators
            ):
                phrase = self.subject(earlier, sentence, depth + 1) or self._grammar.after(earlier, cue)
                if phrase is not None:
                    return phrase
        return self._grammar.main(low, cue)

    def start(self, sentence: Sentence) -> int:
        """Where a sentence begins, past the dateline of an agency: SELBY, Dec. 8 (BNA) — | The port …"""
        words = self._tokens.words
        first = sentence.first
        if words[first].isupper() and len(words[first]) > 2:
            for index in range(first + 1, min(first + 14, sentence.last - 1)):
                if words[index] in _DASHES:
                    return index + 1
        return first
