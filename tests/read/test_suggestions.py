""""Did you mean": the right name among thousands, without comparing the misspelt word with each."""

import difflib
import random
import string

import pytest

import lastcall
import problems

ENGLISH = """
account address attach begin block buffer bytes cache call cancel channel check client close commit connect context copy count
create cursor delete detach device disconnect end entry error event fetch file finish flush folder free group handle header
import index init item key label lease level line list load lock log lookup mail map mark memory message method mode mount name
next node note object open order owner page parse pause pipe point pool port print probe process queue query read receive record
reference register release remove rename reply reset resume return roll row save scan section seek send service session set share
show signal sink skip socket sort source stack start state status step stop store stream submit table tail task thread ticket
timer token trace transaction tree unit unlock update user value vector view wait watch window word work write zone
""".split()


def slip(word: str, chance: random.Random) -> str:
    """A slip of the pen: a letter too few, too many, another one, or two that changed places."""
    at, letter = chance.randrange(1, len(word)), chance.choice(string.ascii_lowercase)
    return chance.choice([
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
    ])


def words(count: int, chance: random.Random) -> list[str]:
    """Names as people give them."""
    names = {"_".join(chance.sample(ENGLISH, chance.choice([1, 2, 2, 3]))) for _ in range(2 * count)}
    return chance.sample(sorted(names), count)


def numbered(count: int, chance: random.Random) -> list[str]:
    """Names as programs give them."""
    return [f"event_number_{number}_of_{count}" for number in range(count)]


@pytest.mark.parametrize("make", (words, numbered))
@pytest.mark.parametrize("count", (21, 1000, 5000))
def test_the_name_that_was_meant_is_found(make, count: int) -> None:  # type: ignore[no-untyped-def]
    """Or, where two are as like it, one that is as like it as that."""
    chance = random.Random(count)
    names = make(count, chance)
    likeness = lambda word, name: difflib.SequenceMatcher(None, name, word).ratio()  # noqa: E731
    missed = []
    for meant in chance.choices(names, k=200):
        word = slip(meant, chance)
        if word in names:
            continue
        found = problems.nearest(word, names)
        if found is None or likeness(word, found) < likeness(word, meant):
            missed.append((word, meant, found))
    assert len(missed) <= 2, missed


def test_few_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names there are."""
    compared = []
    close_matches = difflib.get_close_matches

    def counting(word: str, names: list[str], n: int, cutoff: float) -> list[str]:
        compared.append(len(names))
        return close_matches(word, names, n=n, cutoff=cutoff)

    monkeypatch.setattr(difflib, "get_close_matches", counting)
    for count in (10, 100, 20000):
        problems.nearest("event_number_17_off", numbered(count, random.Random()))
    assert compared == [10, problems.MOST_COMPARED, problems.MOST_COMPARED]


def test_what_is_like_nothing() -> None:
    """Nothing is suggested."""
    assert problems.nearest("xyzzy", numbered(1000, random.Random())) is None
