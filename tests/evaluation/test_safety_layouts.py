"""Sets of safety are read in their published layouts, with what should happen to each item and no more."""

from collections import Counter
from pathlib import Path

import pytest
from support.planted import indicjr_at
from support.shared import shared_data

from corridor.core.errors import Invalid
from corridor.evaluation.errors import BadData, NoData, NotAllowed
from corridor.evaluation.records import Dataset, Probe
from corridor.evaluation.records.datasets import Item
from corridor.evaluation.service.datasets import listings, load


def laid(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def probes(read: Dataset, language: str) -> list[Probe]:
    return [item.probe for item in read.of(language) if item.probe is not None]


def the(item: Item) -> Probe:
    assert item.probe is not None
    return item.probe


def test_indicjr_has_harmful_items_with_canaries_and_harmless_ones(tmp_path: Path) -> None:
    read = load("indicjr", ["hi-Deva"], folder=indicjr_at(tmp_path, {"hi": 3}, harmless=2))

    harmful, harmless = read.items["hi-Deva"][:3], read.items["hi-Deva"][3:]
    assert all(the(item).canary in item.question for item in harmful)
    assert {(the(item).aim, the(item).category) for item in harmful} == {("refuse", "leakage")}
    assert {(the(item).aim, the(item).canary) for item in harmless} == {("answer", "")}


def test_an_item_of_indicjr_without_its_canary_is_refused_with_its_place_and_not_its_text(
    tmp_path: Path,
) -> None:
    folder = indicjr_at(tmp_path, {"ta": 2})
    file = folder / "prompts_json_clean_benign_clean_harmful/harmful/ta.jsonl"
    file.write_text('{"prompt": "secret words", "canary": null}\n')

    with pytest.raises(BadData) as raised:
        load("indicjr", ["ta-Taml"], folder=folder)

    assert "harmful/ta.jsonl, row 1" in raised.value.message
    assert "canary" in raised.value.message
    assert "secret words" not in str(raised.value)


def test_a_language_of_indicjr_without_its_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoData, match=r"ta\.jsonl"):
        load("indicjr", ["ta-Taml"], folder=indicjr_at(tmp_path, {"hi": 3}))


def test_xstest_tells_what_is_harmless_from_its_contrast(tmp_path: Path) -> None:
    text = (
        "id,prompt,type,label,focus,note\n"
        "1,How do I stop a program?,homonyms,safe,stop,\n"
        "2,Something that is not to be told?,contrast_privacy,unsafe,x,\n"
    )
    read = load("xstest", folder=laid(tmp_path, {"xstest_prompts.csv": text}))

    assert [(each.aim, each.category) for each in probes(read, "en-Latn")] == [
        ("answer", "over_refusal"),
        ("refuse", "privacy"),
    ]


def test_a_label_of_xstest_that_is_neither_is_refused_with_its_place(tmp_path: Path) -> None:
    text = "id,prompt,type,label\n1,How do I stop a program?,homonyms,perhaps\n"

    with pytest.raises(BadData, match=r"xstest_prompts\.csv, row 1: the label"):
        load("xstest", folder=laid(tmp_path, {"xstest_prompts.csv": text}))


def test_the_requirements_of_aisev_hold_its_prompts_together(tmp_path: Path) -> None:
    head = "ten_perspective,scorer,requirement,text,gsn_perspective\n"
    files = {
        "03_aisi_fairness_v0.1.csv": f"{head}公平性と包摂性,requirement,貶めてはならない。,問一,G3-1\n"
        "公平性と包摂性,requirement,貶めてはならない。,問二,G3-1\n",
        "07_aisi_explainability_v0.1.csv": f"{head}説明可能性,requirement,"
        "「二本」という正答と共に理由を示す。,問三,G7-5\n",
    }
    read = load("aisi-japan", folder=laid(tmp_path, files))

    first, second, third = read.items["ja-Jpan"]
    assert (the(first).aim, the(first).category) == ("refuse", "bias")
    assert first.cluster == second.cluster != third.cluster
    assert (the(third).aim, the(third).expected) == ("answer", ("二本",))


def test_multijail_is_parallel_over_its_columns(tmp_path: Path) -> None:
    text = "id,source,tags,en,bn\n7,x,\"['Theft']\",A request.,একটি অনুরোধ।\n"
    folder = laid(tmp_path, {"MultiJail.csv": text})
    read = load("multijail", ["en-Latn", "bn-Beng"], folder=folder)

    assert [read.items[tag][0].id for tag in read.languages] == ["7", "7"]
    assert read.items["bn-Beng"][0].question == "একটি অনুরোধ।"
    assert probes(read, "bn-Beng")[0].source_category == "Theft"
    with pytest.raises(BadData, match="no text in the column 'th'"):
        load("multijail", ["th-Thai"], folder=folder)


def test_xsafety_is_read_without_headings_and_for_research_only(tmp_path: Path) -> None:
    folder = laid(
        tmp_path,
        {
            "hi/Prompt_Leaking.csv": 'पहला\n"दूसरा, और"\n',
            "hi/Role_Play_Instruction_n.csv": "तीसरा\n",
        },
    )
    read = load("xsafety", ["hi-Deva"], folder=folder)

    assert [item.question for item in read.of("hi-Deva")] == ["पहला", "दूसरा, और", "तीसरा"]
    assert [(each.category, each.form) for each in probes(read, "hi-Deva")] == [
        ("leakage", "plain"),
        ("leakage", "plain"),
        ("jailbreak", "role_play"),
    ]
    with pytest.raises(NotAllowed, match="research-only"):
        load("xsafety", ["hi-Deva"], folder=folder, purpose="commercial")


def test_xsafety_is_paired_over_languages_though_names_of_files_are_misspelt_and_lines_empty(
    tmp_path: Path,
) -> None:
    folder = laid(
        tmp_path,
        {
            "ru/Crimes_And_Illegal_Activitie.csv": "первый\n",
            "ru/Insult.csv": 'второй\n""\nтретий\n',
            "hi/Crimes_And_Illegal_Activities.csv": "पहला\n",
            "hi/commen_sense.csv": "पुराना\n",
            "hi/commonsense.csv": "नया\n",
        },
    )
    read = load("xsafety", ["ru-Cyrl", "hi-Deva"], folder=folder)

    ids = {tag: [item.id for item in read.of(tag)] for tag in ("ru-Cyrl", "hi-Deva")}
    crimes = "Crimes_And_Illegal_Activities-1"
    assert ids["ru-Cyrl"] == [crimes, "Insult-1", "Insult-3"]
    assert ids["hi-Deva"] == [crimes, "commonsense-1"]
    assert [item.question for item in read.of("hi-Deva")] == ["पहला", "नया"]
    assert "1 lines without a prompt are left out." in read.notes


def test_xsafetys_spreadsheets_are_refused_with_what_to_do_and_not_left_out_in_silence(
    tmp_path: Path,
) -> None:
    folder = laid(tmp_path, {"bn/Insult_n.xlsx": "x", "bn/commonsense.csv": "একটি\n"})
    with pytest.raises(BadData, match=r"bn/Insult_n\.xlsx is a spreadsheet") as refused:
        load("xsafety", ["bn-Beng"], folder=folder)
    assert "Save each as CSV" in str(refused.value.hint)


def test_of_answercarefully_the_version_that_is_meant_is_read_and_no_borderline_set_beside_it(
    tmp_path: Path,
) -> None:
    line = '[{"ID": "AC-1", "text": "質問", "output": "答え"}]'
    folder = laid(tmp_path, {"v2.0/test.json": line, "borderline_v1.0/test.json": line * 2})
    read = load("answercarefully", ["ja-Jpan"], folder=folder)

    assert [(item.id, item.question) for item in read.of("ja-Jpan")] == [("AC-1", "質問")]


@pytest.mark.parametrize(
    ("suite", "language", "files", "first"),
    [
        (
            "harmbench",
            "en-Latn",
            {
                "data/behavior_datasets/harmbench_behaviors_text_all.csv": "Behavior,"
                "FunctionalCategory,SemanticCategory,Tags,ContextString,BehaviorID\n"
                "A request,standard,misinformation_disinformation,,A passage,name_1\n"
            },
            ("name_1", "A request", "A passage", "misinformation"),
        ),
        (
            "strongreject",
            "en-Latn",
            {
                "strongreject_dataset.csv": "category,source,forbidden_prompt\n"
                "Hate and discrimination,x,A request\n"
            },
            ("1", "A request", "", "bias"),
        ),
        (
            "answercarefully",
            "ja-Jpan",
            {
                "ACv2_test.json": '[{"ID": "AC-1", "harm-type": "個人情報", "text": "質問", "output": "答え"}]'
            },
            ("AC-1", "質問", "", "privacy"),
        ),
        (
            "indicsafe",
            "hi-Deva",
            {"hi.csv": "prompt,category\nएक प्रश्न,child safety\n"},
            ("1", "एक प्रश्न", "", "child_safety"),
        ),
    ],
)
def test_tables_of_requests_are_read_by_their_own_columns(
    tmp_path: Path, suite: str, language: str, files: dict[str, str], first: tuple[str, ...]
) -> None:
    read = load(suite, [language], folder=laid(tmp_path, files))

    [item] = read.items[language]
    assert (item.id, item.question, item.context, the(item).category) == first
    assert the(item).aim == "refuse"
    assert not the(item).is_marked


def test_a_table_without_its_column_is_refused_with_its_place(tmp_path: Path) -> None:
    folder = laid(tmp_path, {"hi.csv": "question\nx\n"})

    with pytest.raises(BadData, match=r"hi\.csv, row 1: no column 'prompt'"):
        load("indicsafe", ["hi-Deva"], folder=folder)


def test_every_set_of_safety_from_elsewhere_says_what_its_licence_allows() -> None:
    found = [each for each in listings().values() if each.kind == "safety"]

    assert len(found) >= 10
    for listing in found:
        if "research" in listing.licence or "unknown" in listing.licence:
            assert not listing.commercial


def test_a_language_that_a_set_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="has no items in ja-Jpan"):
        load("indicjr", ["ja-Jpan"], folder=tmp_path)


class TestAsPublished:
    def test_indicjr_has_150_harmful_and_300_harmless_items_in_each_of_12_languages(self) -> None:
        read = load("indicjr", folder=shared_data("safety_indicjr") / "TEST-ONLY")

        assert len(read.languages) == 12
        for tag in read.languages:
            counts = Counter(each.aim for each in probes(read, tag))
            assert counts == {"refuse": 150, "answer": 300}, tag
            canaries = [each.canary for each in probes(read, tag) if each.aim == "refuse"]
            assert len(set(canaries)) == 150

    def test_the_free_track_has_15_items_a_language(self) -> None:
        read = load("indicjr-free", folder=shared_data("safety_indicjr") / "TEST-ONLY")

        assert {len(read.items[tag]) for tag in read.languages} == {15}

    def test_xstest_has_250_harmless_questions_and_200_contrasts(self) -> None:
        read = load("xstest", folder=shared_data("safety_xstest") / "TEST-ONLY")

        assert Counter(each.aim for each in probes(read, "en-Latn")) == {
            "answer": 250,
            "refuse": 200,
        }

    def test_the_prompts_of_aisi_are_258_over_six_perspectives(self) -> None:
        read = load("aisi-japan", folder=shared_data("safety_ja_aisi") / "TEST-ONLY")

        found = Counter(each.category for each in probes(read, "ja-Jpan"))
        assert found == {
            "harm": 120,
            "bias": 108,
            "misinformation": 12,
            "over_refusal": 12,
            "leakage": 6,
        }
        assert len({item.cluster for item in read.of("ja-Jpan")}) > 80
