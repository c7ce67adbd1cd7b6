"""Names as news writes them, folded to one form so that spellings of one name compare equal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache


_APOSTROPHES = str.maketrans("", "", "'\u2018\u2019\u02bc\u02bf\u02be`\u00b4")
_POSSESSIVE = re.compile(r"['\u2019]s\b|(?<=s)['\u2019](?!\w)", re.IGNORECASE)
_ARTICLES = frozenset({"the", "a", "an"})


@lru_cache(maxsize=20_000)
def fold_name(name: str) -> str:
    """Return `name` in lower case without marks, possessives, punctuation and a leading article.

    "Hay\u2019at Tahrir al-Sh\u0101m", "Hayat Tahrir al Sham" and "the Hayat Tahrir al-Sham's" all give
    "hayat tahrir al sham". Letters of other scripts stay. A name that is nothing but an article stays too.
    Folding twice gives what folding once gives.
    """
    without_possessive = _POSSESSIVE.sub("", name)
    decomposed = unicodedata.normalize("NFKD", without_possessive.translate(_APOSTROPHES))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", plain.casefold())
    while len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return " ".join(words)


class Spellings:
    """Tells names from ordinary words of the same letters: "WHO" from "who", "US" from "us", "The Sun" from "the sun"."""

    def __init__(self, names: Iterable[str]) -> None:
        self._capitals: dict[str, bool] = {}
        for name in names:
            form = fold_name(name)
            if " " not in form and name != name.lower():
                is_acronym = _first_word(name.rsplit(maxsplit=1)[-1]).isupper()
                self._capitals[form] = self._capitals.get(form, True) and is_acronym

    def ordinary_words(self, text: str) -> frozenset[str]:
        """Return the folded words of `text` that are no name there, for want of capitals.

        A name of one word needs a capital, an acronym all of them unless it is also known without ("Isis").
        """
        return frozenset(
            form
            for word in text.split()
            if (form := fold_name(word)) in self._capitals
            and not self._is_written_as_name(_first_word(word), is_acronym=self._capitals[form])
        )

    @staticmethod
    def _is_written_as_name(word: str, *, is_acronym: bool) -> bool:
        return word.isupper() if is_acronym else word != word.lower()


def _first_word(text: str) -> str:
    found = re.search(r"[^\W_]+", text)
    return found.group() if found else ""
