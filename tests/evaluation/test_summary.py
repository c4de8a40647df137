"""From samples to what is said of a model."""

from dataclasses import replace

import pytest
from support.sampled import a_sample, samples_of

from corridor.core.errors import Invalid
from corridor.evaluation import wilson
from corridor.evaluation.rules.summary import summarise

HALF = [1.0, 0.0] * 40


class TestALanguage:
    def test_independent_items_have_wilsons_interval(self) -> None:
        result = summarise(samples_of({"ta-Taml": HALF})).languages["ta-Taml"]

        expected = wilson(40, 80)
        assert result.score is not None
        assert (result.score.low, result.score.high) == pytest.approx((expected.low, expected.high))
        assert (result.n, result.method) == (80, "Wilson")

    def test_items_that_hang_together_have_a_wider_interval(self) -> None:
        together = [value for value in HALF for _ in range(4)]
        passages = [str(i // 4) for i in range(len(together))]
        alone = summarise(samples_of({"en": together})).languages["en"].score
        result = summarise(samples_of({"en": together}, passages)).languages["en"]

        assert alone is not None
        assert result.score is not None
        assert result.score.value == alone.value
        assert result.score.high - result.score.low > 1.9 * (alone.high - alone.low)
        assert (result.n, result.clusters) == (320, 80)

    def test_too_few_items_have_counts_and_no_score(self) -> None:
        summary = summarise(samples_of({"en": HALF, "gu-Gujr": [1.0] * 7}))

        result = summary.languages["gu-Gujr"]
        assert (result.suppressed, result.score, result.above_chance) == (True, None, None)
        assert (result.n, result.verdicts) == (7, {"right": 7})
        assert summary.gaps == {}
        assert summary.best is None

    def test_many_items_of_few_passages_have_no_score(self) -> None:
        passages = [str(i % 9) for i in range(80)]

        assert summarise(samples_of({"en": HALF}, passages)).languages["en"].suppressed

    def test_what_the_provider_never_answered_is_missing_and_counted(self) -> None:
        failed = [a_sample(str(i), "en", 0.0, verdict="failed") for i in range(80, 85)]
        result = summarise(samples_of({"en": HALF}) + failed).languages["en"]

        assert result.score is not None
        assert (result.score.value, result.n, result.unanswered) == (0.5, 80, 5)
        assert result.verdicts["failed"] == 5

    def test_an_item_that_fails_once_and_is_answered_then_is_answered(self) -> None:
        again = [
            *samples_of({"en": HALF}),
            a_sample("0", "en", 0.0, verdict="failed", repeat=1),
        ]
        result = summarise(again).languages["en"]

        assert result.score is not None
        assert (result.score.value, result.unanswered) == (0.5, 0)

    def test_repeats_of_an_item_do_not_make_it_count_more(self) -> None:
        thrice = [
            a_sample(str(i), "en", score, repeat=repeat)
            for i, score in enumerate(HALF)
            for repeat in range(3)
        ]
        once = summarise(samples_of({"en": HALF})).languages["en"]

        assert summarise(thrice).languages["en"].score == once.score
        assert summarise(thrice).variation["en"].repeats == 3
        assert summarise(samples_of({"en": HALF})).variation == {}
        assert summarise(thrice).languages["en"].n == 80

    def test_a_score_is_shown_above_what_guessing_would_be(self) -> None:
        result = summarise(samples_of({"en": HALF}), chance=0.25).languages["en"]

        assert result.above_chance is not None
        assert result.above_chance.value == pytest.approx(1 / 3)
        assert result.above_chance.low < 1 / 3 < result.above_chance.high

    def test_chance_may_differ_by_item(self) -> None:
        chance = {str(i): 0.5 if i < 40 else 0.25 for i in range(80)}

        assert summarise(samples_of({"en": HALF}), chance=chance).languages["en"].chance == 0.375

    def test_chance_that_is_not_known_of_an_item_is_not_known(self) -> None:
        assert summarise(samples_of({"en": HALF}), chance={"0": 0.5}).languages["en"].chance is None


class TestAGap:
    def test_it_is_above_zero_where_the_language_is_behind(self) -> None:
        summary = summarise(samples_of({"en-Latn": [1.0] * 80, "ta-Taml": HALF}))

        gap = summary.gaps["ta-Taml"]
        assert (summary.reference, gap.against, gap.value.value) == ("en-Latn", "en-Latn", 0.5)
        assert gap.differs
        assert gap.finding == "behind"

    def test_only_items_answered_in_both_count(self) -> None:
        less = samples_of({"en": [1.0] * 80}) + [
            a_sample(str(i), "ta", score) for i, score in enumerate(HALF[:60])
        ]

        assert summarise(less).gaps["ta"].n == 60

    def test_equal_answers_on_enough_items_are_a_finding(self) -> None:
        few = summarise(samples_of({"en": HALF, "ja": HALF})).gaps["ja"]
        many = summarise(samples_of({"en": HALF * 5, "ja": HALF * 5})).gaps["ja"]

        assert (few.value.value, many.value.value) == (0, 0)
        assert few.value.low < 0 < few.value.high
        assert many.finding == "no gap"

    def test_too_little_data_leaves_it_open(self) -> None:
        one_off = [0.0, *HALF[1:]]

        assert (
            summarise(samples_of({"en": HALF[:40], "ja": one_off[:40]})).gaps["ja"].finding
            == "open"
        )

    def test_its_parts_add_up_to_it(self) -> None:
        refused = [
            a_sample(str(i), "ta", 0.0, verdict=("refusal", "language", "wrong", "format")[i % 4])
            for i in range(80)
        ]
        gap = summarise(samples_of({"en": HALF}) + refused).gaps["ta"]

        assert sum(part.value for part in gap.parts.values()) == pytest.approx(gap.value.value)
        assert gap.parts["refusal"].value == 0.25
        assert gap.parts["wrong"].value == -0.25

    def test_more_languages_make_each_finding_harder(self) -> None:
        behind = [0.0 if i < 14 else value for i, value in enumerate(HALF)]
        alone = summarise(samples_of({"en": HALF, "ta": behind})).gaps["ta"]
        among = summarise(
            samples_of({"en": HALF, "ta": behind, **{f"x{i}": HALF for i in range(20)}})
        ).gaps["ta"]

        assert alone.p == among.p == 2 * 0.5**7
        assert (alone.differs, among.differs) == (True, False)


class TestTheBest:
    def test_a_clear_winner_is_the_only_candidate(self) -> None:
        best = summarise(samples_of({"en": [1.0] * 80, "ta": HALF, "ja": HALF})).best

        assert best is not None
        assert best.candidates == ("en",)
        assert best.behind["ta"].value == 0.5
        assert best.behind["ta"].low > 0.3
        assert best.behind["en"].value == 0

    def test_languages_that_are_alike_are_all_candidates(self) -> None:
        other = [value for pair in zip(HALF[1::2], HALF[::2], strict=True) for value in pair]
        best = summarise(samples_of({"en": HALF, "ta": other, "ja": HALF})).best

        assert best is not None
        assert best.candidates == ("en", "ta", "ja")


class TestConsistency:
    def test_it_is_over_the_languages_that_have_scores(self) -> None:
        found = summarise(samples_of({"en": HALF, "ja": HALF, "gu": [1.0] * 7})).consistency

        assert found is not None
        assert (found.languages, found.n, found.agreement) == (("en", "ja"), 80, 1)
        assert summarise(samples_of({"en": HALF})).consistency is None


class TestRefused:
    def test_samples_of_two_models(self) -> None:
        two = samples_of({"en": HALF})
        other = replace(a_sample("x", "en", 1.0), model_sha256="c" * 64)

        with pytest.raises(Invalid, match="more than one model_sha256"):
            summarise([*two, other])

    def test_two_versions_of_the_data_in_a_language(self) -> None:
        other = replace(a_sample("x", "en", 1.0), data_sha256="c" * 64)

        with pytest.raises(Invalid, match="more than one data_sha256 in en"):
            summarise([*samples_of({"en": HALF}), other])
        ta = [replace(each, data_sha256="c" * 64) for each in samples_of({"ta": HALF})]
        assert summarise([*samples_of({"en": HALF}), *ta]).gaps["ta"].n == 80

    def test_a_score_that_is_no_share(self) -> None:
        with pytest.raises(Invalid, match=r"item x in en has the score 1\.5"):
            summarise([a_sample("x", "en", 1.5)])

    def test_no_samples(self) -> None:
        with pytest.raises(Invalid, match="no samples"):
            summarise([])


class TestBits:
    def test_what_is_no_share_has_a_mean_and_gaps_without_a_margin(self) -> None:
        samples = [
            a_sample(str(i), language, add + i / 100, metric="bits_per_byte")
            for language, add in (("en", 2.0), ("hi", 1.0))
            for i in range(80)
        ]
        summary = summarise(samples)

        score = summary.languages["en"].score
        assert score is not None
        assert score.value == pytest.approx(2.395)
        assert summary.best is None
        assert summary.gaps["hi"].value.value == pytest.approx(1.0)
        assert summary.gaps["hi"].p_margin_holm is None
        assert summary.gaps["hi"].finding == "lower"
        assert summary.gaps["hi"].parts == {}
