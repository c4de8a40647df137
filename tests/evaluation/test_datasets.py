"""Data sets are read whole, from a folder or from what comes with Corridor, or refused with the place."""

import hashlib
from pathlib import Path

import pytest
from support.shared import shared_data

from corridor.core.canonical import canonical
from corridor.core.errors import Invalid
from corridor.evaluation.adapters.suites import suite_named
from corridor.evaluation.errors import BadData, NoData, UnknownSuite
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.records.probes import Probe
from corridor.evaluation.service.datasets import digest_of, listings, load

SIB = {
    "data/eng_Latn/test.tsv": (
        "index_id\tcategory\ttext\n7\tsports\tThe match ended in a draw.\n"
        '9\ttravel\t"The ferry is called ""Blue Star"" and leaves at noon."\n'
    ),
    "data/eng_Latn/train.tsv": (
        "index_id\tcategory\ttext\n1\ttravel\tTake a map.\n2\ttravel\tPack a coat.\n3\thealth\tRest.\n"
    ),
    "data/hin_Deva/test.tsv": (
        "index_id\tcategory\ttext\n7\tsports\tमैच बराबरी पर ख़त्म हुआ।\n9\ttravel\tनौका दोपहर को जाती है।\n"
    ),
    "data/hin_Deva/train.tsv": "index_id\tcategory\ttext\n1\ttravel\tनक्शा ले जाएँ।\n",
}
EXAMPLES = """
EXEMPLAR_NUMBER_ANSWERS = [4, 5]
OTHER = len("not a literal")
MGSM_EXEMPLARS = {
    "en": {
        "1": {"q": "Question: Two and two?", "a": "Step-by-Step Answer: 4."},
        "2": {"q": "Question: What is 10:2?", "a": "Step-by-Step Answer: 5."},
    },
}
"""
MGSM = {
    "mgsm_en.tsv": 'A farm has 3 "red" hens and 4 white ones. How many?\t7\nHow much in all?\t1,200\n',
    "mgsm_ja.tsv": "鶏が3羽と4羽います。全部で何羽ですか？\t7\n全部でいくらですか？\t1,200\n",
    "exemplars.py": EXAMPLES,
}


def laid(folder: Path, files: dict[str, str]) -> Path:
    """Return a folder with these files in it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def test_topics_are_read_as_published_with_quotes_undone(tmp_path: Path) -> None:
    read = load("sib-200", ["en-Latn", "hi-Deva"], folder=laid(tmp_path, SIB))

    first, second = read.items["en-Latn"]
    assert (first.id, first.target, first.targets, first.topic) == ("7", 3, ("sports",), "sports")
    assert first.choices[3] == "sports"
    assert second.context == 'The ferry is called "Blue Star" and leaves at noon.'
    assert [item.id for item in read.of("hi-Deva")] == ["7", "9"]
    assert (first.origin, next(read.of("hi-Deva")).origin) == ("native", "translated")


def test_the_examples_of_topics_are_the_first_of_each_in_the_training_split(tmp_path: Path) -> None:
    shots = load("sib-200", ["en-Latn"], folder=laid(tmp_path, SIB)).shots["en-Latn"]

    assert [(shot.answer, shot.context) for shot in shots] == [
        ("travel", "Take a map."),
        ("health", "Rest."),
    ]


def test_languages_without_a_file_are_left_out_and_named(tmp_path: Path) -> None:
    read = load("sib-200", folder=laid(tmp_path, SIB))

    assert read.languages == ("en-Latn", "hi-Deva")
    assert "ta-Taml" in read.notes[-1]


def test_a_language_that_was_asked_for_and_has_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="tam_Taml"):
        load("sib-200", ["en-Latn", "ta-Taml"], folder=laid(tmp_path, SIB))


def test_an_unknown_topic_is_refused_with_its_place(tmp_path: Path) -> None:
    folder = laid(
        tmp_path, SIB | {"data/eng_Latn/test.tsv": "index_id\tcategory\ttext\n1\tlaw\tx\n"}
    )

    with pytest.raises(BadData, match=r"eng_Latn/test.tsv, row 1: 'law'"):
        load("sib-200", ["en-Latn"], folder=folder)


@pytest.mark.parametrize(
    "row", ["x\tsports\ta text", "7\tsports", "\tsports\ta text"], ids=["id", "text", "no id"]
)
def test_a_row_without_its_columns_is_refused(tmp_path: Path, row: str) -> None:
    folder = laid(tmp_path, {"eng_Latn/test.tsv": f"index_id\tcategory\ttext\n{row}\n"})

    with pytest.raises(BadData, match="row 1"):
        load("sib-200", ["en-Latn"], folder=folder)


def test_problems_are_read_with_the_number_and_the_published_examples(tmp_path: Path) -> None:
    read = load("mgsm", ["en-Latn", "ja-Jpan"], folder=laid(tmp_path, MGSM))

    assert [item.targets for item in read.items["ja-Jpan"]] == [("7",), ("1200",)]
    assert (
        next(read.of("en-Latn")).question == 'A farm has 3 "red" hens and 4 white ones. How many?'
    )
    assert [(shot.question, shot.answer) for shot in read.shots["en-Latn"]] == [
        ("Two and two?", "4"),
        ("What is 10:2?", "5"),
    ]
    assert "ja-Jpan" not in read.shots


@pytest.mark.parametrize("line", ["no tab", "\t7", "why?\tmany", "why?\t", "why?\t7.5"])
def test_a_problem_without_a_whole_number_is_refused_with_its_line(
    tmp_path: Path, line: str
) -> None:
    folder = laid(tmp_path, {"mgsm_en.tsv": f"one?\t1\n{line}\n"})

    with pytest.raises(BadData, match=r"mgsm_en.tsv, line 2"):
        load("mgsm", ["en-Latn"], folder=folder)


@pytest.mark.parametrize("source", ["MGSM_EXEMPLARS = (", "MGSM_EXEMPLARS = {}", "\udcff"])
def test_examples_that_cannot_be_read_are_refused(tmp_path: Path, source: str) -> None:
    folder = laid(tmp_path, MGSM | {"exemplars.py": ""})
    (folder / "exemplars.py").write_bytes(source.encode("utf-8", "surrogateescape"))

    with pytest.raises(BadData, match=r"exemplars.py"):
        load("mgsm", ["en-Latn"], folder=folder)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mgsm_en.tsv").write_bytes(b"\xff\xfe one?\t1\n")

    with pytest.raises(BadData, match=r"mgsm_en.tsv"):
        load("mgsm", ["en-Latn"], folder=tmp_path)


def test_the_digest_is_of_the_files_that_were_read(tmp_path: Path) -> None:
    read = load("mgsm", ["en-Latn"], folder=laid(tmp_path, MGSM))

    names = ("exemplars.py", "mgsm_en.tsv")
    lines = [f"{hashlib.sha256(MGSM[name].encode()).hexdigest()}  {name}\n" for name in names]
    assert read.sha256 == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert read.version == "local"


def test_the_digest_of_a_language_does_not_depend_on_the_others(tmp_path: Path) -> None:
    folder = laid(tmp_path, MGSM)
    alone = load("mgsm", ["en-Latn"], folder=folder)
    together = load("mgsm", ["ja-Jpan", "en-Latn"], folder=folder)

    assert alone.digests["en-Latn"] == together.digests["en-Latn"]
    assert together.digests["ja-Jpan"] == digest_of(together.items["ja-Jpan"])
    assert len(set(together.digests.values())) == 2


def test_the_parallel_facts_are_a_data_set_too() -> None:
    read = load("parallel-facts", ["hi-Deva"])
    suite = suite_named("parallel-facts")

    assert (read.version, read.licence, read.commercial) == (suite.version, suite.licence, True)
    assert [item.id for item in read.of("hi-Deva")] == [item.id for item in suite.items]
    assert [item.targets for item in read.of("hi-Deva")] == [
        item.by_language["hi-Deva"].answers for item in suite.items
    ]
    assert len(read.shots["hi-Deva"]) == 2


def test_an_unknown_set_and_an_unknown_language_are_refused() -> None:
    with pytest.raises(UnknownSuite, match="'nope'"):
        load("nope")
    with pytest.raises(Invalid, match="ta-Taml"):
        load("parallel-facts", ["ta-Taml"])


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="no folder"):
        load("mgsm", ["en-Latn"], folder=tmp_path / "nowhere")


@pytest.mark.shared
def test_the_published_topics_are_parallel_in_every_language() -> None:
    read = load("sib-200", folder=shared_data("sib200"))

    english = [(item.id, item.topic) for item in read.of("en-Latn")]
    assert len(read.languages) == 27
    assert len(english) == 204
    for language in read.languages:
        assert [(item.id, item.topic) for item in read.of(language)] == english, language
        assert len(read.shots[language]) == 7


@pytest.mark.shared
def test_the_published_problems_have_the_same_answers_in_every_language() -> None:
    read = load("mgsm", folder=shared_data("mgsm"))

    english = [item.targets for item in read.of("en-Latn")]
    assert len(english) == 250
    for language in read.languages:
        assert [item.targets for item in read.of(language)] == english, language
        assert len(read.shots[language]) == 8


def test_every_listing_says_what_a_reader_must_know() -> None:
    for name, listing in listings().items():
        assert listing.name == name
        assert listing.title
        assert listing.licence
        assert listing.source
        assert listing.files
        assert listing.languages
        assert listing.packaged or listing.hub or listing.notes, name


def test_what_a_probe_leaves_unsaid_changes_no_digest() -> None:
    item = Item("one", "ta-Taml", "?", probe=Probe("refuse", "harm", canary="X-1"))
    said = {
        "id": "one",
        "language": "ta-Taml",
        "question": "?",
        "probe": {"aim": "refuse", "category": "harm", "canary": "X-1"},
    }

    assert digest_of([item]) == hashlib.sha256(canonical([said])).hexdigest()
