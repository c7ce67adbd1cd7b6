"""Names as news writes them, folded to one form so that spellings of one name compare equal."""

from __future__ import annotations

import re
import unicodedata


_APOSTROPHES = str.maketrans("", "", "'\u2018\u2019\u02bc\u02bf\u02be`\u00b4")
_POSSESSIVE = re.compile(r"['\u2019]s\b|(?<=s)['\u2019](?!\w)", re.IGNORECASE)
_ARTICLES = frozenset({"the", "a", "an"})


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
