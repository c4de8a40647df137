"""Each published layout is read from tiny files of our own in that layout."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.shared import shared_data

from corridor.evaluation.errors import BadData, NoData
from corridor.evaluation.service.datasets import load


def lines(*rows: Mapping[str, object]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def laid(folder: Path, **files: bytes) -> Path:
    """Return a folder with files; `/` in a name is written `__`, a dot `_dot_`."""
    for name, data in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def global_row(
    name: str, answer: str = "B", label: str = "CA", subject: str = "astronomy"
) -> dict[str, object]:
    return {
        "sample_id": name,
        "subject": subject,
        "question": f"Which planet is meant in {name}?",
        "option_a": "Venus",
        "option_b": "Mars",
        "option_c": "Saturn",
        "option_d": "Neptune",
        "answer": answer,
        "cultural_sensitivity_label": label,
    }


def test_global_mmlu_keeps_what_is_culturally_sensitive(tmp_path: Path) -> None:
    rows = (
        global_row("astronomy/test/0"),
        global_row("a/1", "D", "CS"),
        global_row("a/2", "A", "-"),
    )
    folder = laid(
        tmp_path, hi__test_dot_jsonl=lines(*rows), hi__dev_dot_jsonl=lines(global_row("d/0"))
    )

    read = load("global-mmlu", ["hi-Deva"], folder=folder)

    first, second, third = read.items["hi-Deva"]
    assert (first.id, first.target, first.targets) == ("astronomy/test/0", 1, ("Mars",))
    assert first.topic == "astronomy"
    assert [item.cultural for item in (first, second, third)] == [False, True, None]
    assert first.origin == "translated"
    assert [shot.answer for shot in read.shots["hi-Deva"]] == ["Mars"]


def test_parquet_is_read_as_the_hub_has_it(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars", reason="the extra `evaluation` is not installed")
    (tmp_path / "en").mkdir()
    for split in ("test", "dev"):
        frame = polars.DataFrame([global_row(f"{split}/0")])
        frame.write_parquet(tmp_path / "en" / f"{split}-00000-of-00001.parquet")

    read = load("global-mmlu", ["en-Latn"], folder=tmp_path)

    assert [(item.id, item.target, item.origin) for item in read.of("en-Latn")] == [
        ("test/0", 1, "native")
    ]


def test_parquet_that_is_none_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("polars", reason="the extra `evaluation` is not installed")
    folder = laid(tmp_path, en__test_dot_parquet=b"PAR1 but no more", en__dev_dot_parquet=b"")

    with pytest.raises(BadData, match="parquet"):
        load("global-mmlu", ["en-Latn"], folder=folder)


def test_a_label_out_of_range_leaves_the_item_out_and_is_counted(tmp_path: Path) -> None:
    rows = (global_row("a/0"), global_row("a/1", "E"), global_row("a/2", ""))
    folder = laid(
        tmp_path, hi__test_dot_jsonl=lines(*rows), hi__dev_dot_jsonl=lines(global_row("d/0", "?"))
    )

    read = load("global-mmlu", ["hi-Deva"], folder=folder)

    assert [item.id for item in read.of("hi-Deva")] == ["a/0"]
    assert "hi-Deva: 2 items left out, with a label out of range." in read.notes
    assert read.shots["hi-Deva"] == ()


def test_a_slice_of_science_keeps_its_subjects_only(tmp_path: Path) -> None:
    rows = (global_row("a/0"), global_row("law/0", subject="international_law"))
    folder = laid(tmp_path, hi__test_dot_jsonl=lines(*rows), hi__dev_dot_jsonl=lines(*rows))

    read = load("global-mmlu-science", ["hi-Deva"], folder=folder)

    assert {item.topic for item in read.of("hi-Deva")} == {"astronomy"}
    assert len(read.shots["hi-Deva"]) == 1


def test_milu_says_which_questions_are_translated(tmp_path: Path) -> None:
    row = {
        "question": "ताजमहल किस नगर में है?",
        "option1": "आगरा",
        "option2": "पुणे",
        "option3": "पटना",
        "option4": "सूरत",
        "target": "option1",
        "subject": "Architecture",
        "is_translated": False,
    }
    rows = (row, {**row, "is_translated": True, "target": "option3"}, {**row, "target": "option9"})
    folder = laid(
        tmp_path, Hindi__test_dot_jsonl=lines(*rows), Hindi__validation_dot_jsonl=lines(row)
    )

    read = load("milu", ["hi-Deva"], folder=folder)

    assert [(item.id, item.target, item.origin) for item in read.of("hi-Deva")] == [
        ("hindi-1", 0, "native"),
        ("hindi-2", 2, "translated"),
    ]
    assert any("1 items left out" in note for note in read.notes)


def test_jmmlu_is_read_from_its_archive_subject_by_subject(tmp_path: Path) -> None:
    held = io.BytesIO()
    table = "\ufeffquestion,A,B,C,D,answer\n一番高い山は？,富士山,高尾山,筑波山,六甲山,A\n"
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("JMMLU/test/japanese_geography.csv", table)
        archive.writestr("JMMLU/test/anatomy.csv", table.replace(",A\n", ",C\n"))
        archive.writestr("__MACOSX/JMMLU/test/._anatomy.csv", "not a table")
    (tmp_path / "JMMLU.zip").write_bytes(held.getvalue())

    read = load("jmmlu", folder=tmp_path)

    assert [(item.id, item.target, item.origin) for item in read.of("ja-Jpan")] == [
        ("anatomy/1", 2, "translated"),
        ("japanese_geography/1", 0, "native"),
    ]


def test_an_archive_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "JMMLU.zip").write_bytes(b"no archive")

    with pytest.raises(BadData, match=r"JMMLU.zip"):
        load("jmmlu", folder=tmp_path)


def test_mmlu_prox_has_as_many_choices_as_there_are(tmp_path: Path) -> None:
    row = {
        "question_id": 70,
        "question": "六の二倍は？",
        **{f"option_{place}": str(place * 3) if place < 7 else "N/A" for place in range(10)},
        "answer_index": 4,
        "category": "math",
    }
    folder = laid(tmp_path, ja__test_dot_jsonl=lines(row), ja__validation_dot_jsonl=lines(row))

    (item,) = load("mmlu-prox", ["ja-Jpan"], folder=folder).items["ja-Jpan"]

    assert (item.id, item.target, item.targets) == ("70", 4, ("12",))
    assert len(item.choices) == 7


def test_belebele_clusters_the_questions_on_one_passage(tmp_path: Path) -> None:
    row = {
        "link": "https://example.org/river",
        "flores_passage": "नदी उत्तर की ओर बहती है।",
        "question": "नदी किस ओर बहती है?",
        "mc_answer1": "दक्षिण",
        "mc_answer2": "उत्तर",
        "mc_answer3": "पूरब",
        "mc_answer4": "पश्चिम",
        "correct_answer_num": "2",
    }
    rows = ({**row, "question_number": 1}, {**row, "question_number": 2, "correct_answer_num": 3})
    folder = laid(tmp_path, data__hin_Deva_dot_jsonl=lines(*rows))

    first, second = load("belebele", ["hi-Deva"], folder=folder).items["hi-Deva"]

    assert (first.id, first.target, first.targets) == ("https://example.org/river#1", 1, ("उत्तर",))
    assert first.cluster == second.cluster == "https://example.org/river"
    assert first.context == "नदी उत्तर की ओर बहती है।"
    assert second.target == 2


def test_xquad_is_read_in_its_nested_and_in_its_flat_form_alike(tmp_path: Path) -> None:
    asked = [("q1", "कौन?", ["मीना"]), ("q2", "कहाँ?", ["घर", "घर"])]
    questions = [
        {"id": name, "question": question, "answers": [{"text": text} for text in texts]}
        for name, question, texts in asked
    ]
    nested = {"data": [{"paragraphs": [{"context": "मीना का घर।", "qas": questions}]}]}
    flat = [
        {"id": name, "question": question, "context": "मीना का घर।", "answers": {"text": texts}}
        for name, question, texts in asked
    ]
    one = laid(tmp_path / "one", xquad_dot_hi_dot_json=json.dumps(nested).encode())
    other = laid(tmp_path / "other", xquad_dot_hi_dot_json=json.dumps(flat).encode())

    items = load("xquad", ["hi-Deva"], folder=one).items["hi-Deva"]

    assert [(item.id, item.targets, item.cluster) for item in items] == [
        ("q1", ("मीना",), "q1"),
        ("q2", ("घर",), "q1"),
    ]
    assert items == load("xquad", ["hi-Deva"], folder=other).items["hi-Deva"]


def test_xquad_in_takes_the_examples_of_a_language_from_a_file_of_all(tmp_path: Path) -> None:
    row = {"context": "c", "question": "q?", "answers": [{"text": "a"}]}
    rows = [{**row, "lang": "hi", "id": "1"}, {**row, "lang": "ta", "id": "1", "question": "எது?"}]
    folder = laid(tmp_path, xquad_in_test_dot_json=json.dumps({"examples": rows}).encode())

    read = load("xquad-in", ["ta-Taml", "hi-Deva"], folder=folder)

    assert [item.question for item in read.of("ta-Taml")] == ["எது?"]
    assert [item.question for item in read.of("hi-Deva")] == ["q?"]


def test_xcopa_asks_for_the_cause_or_the_effect_in_the_language(tmp_path: Path) -> None:
    row = {
        "premise": "தரை ஈரமாக இருந்தது.",
        "choice1": "மழை பெய்தது.",
        "choice2": "வெயில் அடித்தது.",
        "question": "cause",
        "label": 0,
        "idx": 5,
    }
    folder = laid(
        tmp_path,
        data__ta__test_dot_ta_dot_jsonl=lines(
            row, {**row, "question": "effect", "idx": 6, "label": 1}
        ),
        data__ta__val_dot_ta_dot_jsonl=lines(row),
    )

    read = load("xcopa", folder=folder)

    cause, effect = read.items["ta-Taml"]
    assert cause.question != effect.question
    assert (cause.context, cause.targets, effect.target) == (row["premise"], (row["choice1"],), 1)
    assert len(read.shots["ta-Taml"]) == 1


def test_xcopa_without_cause_or_effect_is_refused(tmp_path: Path) -> None:
    row = {"premise": "p", "choice1": "a", "choice2": "b", "question": "why", "label": 0, "idx": 1}
    folder = laid(
        tmp_path, ta__test_dot_ta_dot_jsonl=lines(row), ta__val_dot_ta_dot_jsonl=lines(row)
    )

    with pytest.raises(BadData, match="row 1"):
        load("xcopa", folder=folder)


def test_jcommonsenseqa_is_json_lines_under_the_ending_json(tmp_path: Path) -> None:
    row = {"q_id": 9, "question": "空の色は？", "label": 3}
    row |= {f"choice{place}": word for place, word in enumerate(("赤", "白", "黒", "青", "茶"))}
    folder = laid(
        tmp_path / "jcommonsenseqa-v1_dot_3",
        **{
            "valid-v1_dot_3_dot_json": lines(row, row | {"q_id": 10}),
            "train-v1_dot_json": lines(row),
        },
    )

    read = load("jcommonsenseqa", folder=folder)

    assert [(item.id, item.targets) for item in read.of("ja-Jpan")] == [
        ("9", ("青",)),
        ("10", ("青",)),
    ]
    assert len(read.shots["ja-Jpan"]) == 1


def flores(folder: Path) -> Path:
    return laid(
        folder,
        devtest__eng_Latn_dot_jsonl=lines(
            {"id": 1, "text": "Good day."}, {"id": 2, "text": "Bye."}
        ),
        devtest__hin_Deva_dot_jsonl=lines({"id": 1, "text": "नमस्ते।"}, {"id": 3, "text": "और।"}),
    )


def test_flores_is_translated_both_ways_and_what_one_side_lacks_is_counted(tmp_path: Path) -> None:
    into = load("flores-plus-into-english", ["hi-Deva"], folder=flores(tmp_path))
    back = load("flores-plus-from-english", ["hi-Deva"], folder=tmp_path)

    (one,), (other,) = into.items["hi-Deva"], back.items["hi-Deva"]
    assert (one.context, one.targets, one.source_language, one.target_language) == (
        "नमस्ते।",
        ("Good day.",),
        "hi-Deva",
        "en-Latn",
    )
    assert (other.context, other.targets, other.source_language, other.target_language) == (
        "Good day.",
        ("नमस्ते।",),
        "en-Latn",
        "hi-Deva",
    )
    assert "hi-Deva: 2 texts left out: not there in both languages." in into.notes


def test_flores_is_also_a_set_of_texts(tmp_path: Path) -> None:
    read = load("flores-plus", ["en-Latn", "hi-Deva"], folder=flores(tmp_path))

    assert read.kind == "parallel"
    assert [item.context for item in read.of("hi-Deva")] == ["नमस्ते।", "और।"]


def test_ntrex_pairs_the_lines_of_its_files(tmp_path: Path) -> None:
    folder = laid(
        tmp_path / "NTREX-128",
        **{
            "newstest2019-src_dot_eng_dot_txt": b"It rained.\nIt stopped.\n",
            "newstest2019-ref_dot_jpn_dot_txt": "雨が降った。\n雨がやんだ。\n".encode(),
            "newstest2019-ref_dot_eng-US_dot_txt": b"It was raining.\n",
        },
    )

    into = load("ntrex-into-english", ["ja-Jpan"], folder=folder)
    texts = load("ntrex", ["en-Latn", "ja-Jpan"], folder=folder)

    assert [(item.context, item.targets) for item in into.of("ja-Jpan")] == [
        ("雨が降った。", ("It rained.",)),
        ("雨がやんだ。", ("It stopped.",)),
    ]
    assert [item.context for item in texts.of("en-Latn")] == ["It rained.", "It stopped."]


def test_translations_with_nothing_in_common_are_refused(tmp_path: Path) -> None:
    folder = laid(
        tmp_path,
        devtest__eng_Latn_dot_jsonl=lines({"id": 1, "text": "One."}),
        devtest__hin_Deva_dot_jsonl=lines({"id": 2, "text": "दो।"}),
    )

    with pytest.raises(BadData, match="both in English"):
        load("flores-plus-into-english", ["hi-Deva"], folder=folder)


UDHR = """<?xml version="1.0" encoding="UTF-8"?>
<udhr xmlns="http://www.unhchr.ch/udhr"><title>T</title><preamble><para>P</para></preamble>
<article number="1"><title>Article 1</title><para>All are
 equal.</para></article>
<article number="2"><title>Article 2</title><orderedlist><listitem><para>One.</para></listitem>
<listitem><para>Two.</para></listitem></orderedlist></article></udhr>"""


def test_the_declaration_is_read_article_by_article(tmp_path: Path) -> None:
    folder = laid(tmp_path, udhr_eng_dot_xml=UDHR.encode())

    read = load("udhr", ["en-Latn"], folder=folder)

    assert [(item.id, item.context) for item in read.of("en-Latn")] == [
        ("1", "All are equal."),
        ("2", "One. Two."),
    ]


@pytest.mark.parametrize(
    "text", ["<udhr>", '<!DOCTYPE u [<!ENTITY e "x">]><udhr>&e;</udhr>'], ids=["cut", "entities"]
)
def test_xml_that_is_cut_or_declares_entities_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadData, match=r"udhr_eng.xml"):
        load("udhr", ["en-Latn"], folder=laid(tmp_path, udhr_eng_dot_xml=text.encode()))


def test_instructions_are_read_where_every_constraint_is_known(tmp_path: Path) -> None:
    nothing = dict[str, object]()
    rows: tuple[Mapping[str, object], ...] = (
        {
            "key": 1,
            "prompt": "Name two rivers without commas, in fewer than 30 words.",
            "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_words"],
            "kwargs": [nothing, {"relation": "less than", "num_words": 30}],
        },
        {
            "key": 2,
            "prompt": "Write in capital letters.",
            "instruction_id_list": ["change_case:english_capital"],
            "kwargs": [nothing],
        },
        {
            "key": 3,
            "prompt": "Mention salt and pepper.",
            "instruction_id_list": ["keywords:existence"],
            "kwargs": [{"keywords": ["salt", "pepper"], "relation": None}],
        },
    )
    folder = laid(tmp_path, ifeval_input_data_dot_jsonl=lines(*rows))

    read = load("ifeval", folder=folder)

    first, second = read.items["en-Latn"]
    assert [(each.name, each.value) for each in first.constraints] == [
        ("no_commas", ""),
        ("words_at_most", 29),
    ]
    assert [(each.name, each.value) for each in second.constraints] == [
        ("contains", ("salt", "pepper"))
    ]
    assert any("change_case:english_capital (1)" in note for note in read.notes)


def test_instructions_of_another_language_carry_its_prefix(tmp_path: Path) -> None:
    row = {
        "key": 1,
        "prompt": "答えを「終わり」で結んでください。",
        "instruction_id_list": ["ja:startend:end_checker"],
        "kwargs": [{"end_phrase": "終わり"}],
    }
    folder = laid(tmp_path, ja_input_data_dot_jsonl=lines(row))

    (item,) = load("m-ifeval-ja", folder=folder).items["ja-Jpan"]

    assert item.constraints[0].value == ("終わり",)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("global-mmlu", "hi__test_dot_jsonl"),
        ("belebele", "data__hin_Deva_dot_jsonl"),
        ("xquad", "xquad_dot_hi_dot_json"),
        ("flores-plus", "devtest__hin_Deva_dot_jsonl"),
    ],
)
@pytest.mark.parametrize("data", [b"{", b"\xff\xff", b'{"id": 1}\n'], ids=["cut", "bytes", "empty"])
def test_a_file_that_is_cut_is_refused_and_named(
    tmp_path: Path, name: str, file: str, data: bytes
) -> None:
    folder = laid(tmp_path, **{file: data, file.replace("test", "dev"): data})

    with pytest.raises(BadData, match="hi"):
        load(name, ["hi-Deva"], folder=folder)


def test_a_folder_with_none_of_the_files_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="belebele"):
        load("belebele", folder=tmp_path)


@pytest.mark.shared
def test_the_published_declaration_is_read_in_eighteen_languages() -> None:
    read = load("udhr", folder=shared_data("udhr"))

    assert len(read.languages) == 18
    assert {len(items) for items in read.items.values()} <= {29, 30}
