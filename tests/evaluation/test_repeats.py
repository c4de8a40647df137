"""How much answers vary when the same is asked again, and whether a model has drifted."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from support.sampled import a_sample, samples_of

from corridor.core.errors import Invalid
from corridor.evaluation.records.samples import Sample
from corridor.evaluation.rules.statistics.drift import drift
from corridor.evaluation.rules.statistics.repeats import variation

HALF = [1.0, 0.0] * 100


def repeated(rows: Sequence[Sequence[float]], language: str = "ta") -> list[Sample]:
    """Samples of items with repeats; the text of an answer is as its score."""
    return [
        a_sample(str(i), language, score, repeat=repeat, output=str(score))
        for i, row in enumerate(rows)
        for repeat, score in enumerate(row)
    ]


class TestVariation:
    def test_answers_that_do_not_vary_have_no_variance(self) -> None:
        found = variation(repeated([[1, 1], [0, 0]]), "ta")

        assert (found.items, found.repeats, found.within, found.run_error) == (2, 2, 0, 0)
        assert (found.other_text, found.other_verdict, found.between) == (0, 0, 0.5)

    def test_items_that_vary_are_counted(self) -> None:
        found = variation(repeated([[1, 0], [0, 0], [1, 1], [1, 1]]), "ta")

        assert (found.other_text, found.other_verdict) == (0.25, 0.25)
        assert found.within == pytest.approx(0.125)

    def test_items_that_were_asked_once_say_nothing(self) -> None:
        found = variation(samples_of({"ta": HALF}), "ta")

        assert (found.items, found.within, found.other_text) == (0, None, None)

    def test_the_variances_are_those_that_answers_were_drawn_with(self) -> None:
        random = np.random.default_rng(1)
        shares = random.beta(2, 2, 2000)
        rows = (random.random((2000, 5)) < shares[:, None]).astype(float).tolist()

        found = variation(repeated(rows), "ta")

        within = float((shares * (1 - shares)).mean())
        assert found.within == pytest.approx(within, rel=0.05)
        assert found.between == pytest.approx(float(shares.var()), rel=0.1)

    def test_the_run_error_is_how_far_two_runs_differ(self) -> None:
        random = np.random.default_rng(2)
        shares = random.beta(2, 2, 200)
        runs = (random.random((3000, 200)) < shares).mean(axis=1)
        rows = (random.random((200, 50)) < shares[:, None]).astype(float).tolist()

        assert variation(repeated(rows), "ta").run_error == pytest.approx(runs.std(), rel=0.1)


class TestDrift:
    def test_the_same_answers_are_no_drift_and_no_other_texts(self) -> None:
        run = samples_of({"en": HALF, "ta": HALF})
        found = drift(run, run)["ta"]

        assert (found.value.value, found.other_text, found.other_score) == (0, 0, 0)
        assert not found.drifted
        assert found.steady

    def test_a_model_that_got_worse_has_drifted(self) -> None:
        worse = [0.0 if i < 30 else score for i, score in enumerate(HALF)]
        found = drift(samples_of({"ta": HALF}), samples_of({"ta": worse}))["ta"]

        assert found.drifted
        assert found.value.value == -15 / 200
        assert found.other_score == 15

    def test_other_texts_with_the_same_scores_are_seen_and_are_no_drift(self) -> None:
        run = samples_of({"ta": HALF})
        later = [replace(sample, output_sha256="c" * 64) for sample in run[:50]] + run[50:]
        found = drift(run, later)["ta"]

        assert (found.other_text, found.other_score, found.drifted) == (0.25, 0, False)

    def test_a_model_that_varies_by_itself_is_seldom_called_drifted(self) -> None:
        random = np.random.default_rng(3)
        shares, called = random.beta(1, 1, 100), 0
        for _ in range(200):
            one, other = (random.random((2, 100)) < shares).astype(float).tolist()
            called += drift(samples_of({"ta": one}), samples_of({"ta": other}))["ta"].drifted

        assert called / 200 <= 0.05

    def test_only_items_of_both_runs_count(self) -> None:
        found = drift(samples_of({"ta": HALF}), samples_of({"ta": HALF[:60], "ja": HALF}))

        assert set(found) == {"ta"}
        assert found["ta"].n == 60

    @pytest.mark.parametrize("what", ["model_sha256", "data_sha256", "scorer"])
    def test_runs_of_other_things_are_refused(self, what: str) -> None:
        run = samples_of({"ta": HALF})
        other = [replace(sample, **{what: "x" * 64}) for sample in run]

        with pytest.raises(Invalid, match=f"differ in {what}"):
            drift(run, other)
        with pytest.raises(Invalid, match="no samples"):
            drift(run, [])
