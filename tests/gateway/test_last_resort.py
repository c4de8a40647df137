"""Every provider of a route has failed and is left alone: who is asked then, and how often."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support.partners import until
from support.stages import a_stage

LONG = {"failures_to_open": 1, "open_seconds": 60.0, "retries": 0, "retry_seconds": 0.1}


def test_the_last_one_left_is_asked_again_long_before_its_circuit_would_close(
    tmp_path: Path,
) -> None:
    with a_stage(tmp_path, gateway=LONG) as stage:
        stage.alpha.next("hang_after_headers")
        stage.beta.mode = "503"
        assert stage.ask().status == 503
        begun = time.monotonic()

        until(lambda: stage.ask().status == 200)

        assert time.monotonic() - begun < LONG["open_seconds"]
        assert stage.ask().provider == "alpha"  # its circuit opened first


def test_one_request_at_a_time_tries_the_last_one_left_and_what_fails_earns_a_pause(
    tmp_path: Path,
) -> None:
    with a_stage(tmp_path, gateway=LONG) as stage, ThreadPoolExecutor(8) as callers:
        stage.alpha.mode = "503"
        assert stage.ask(model="alpha").status == 503
        begun = time.monotonic()

        asking = [callers.submit(stage.ask, model="alpha") for _ in range(200)]
        seen = [each.result() for each in asking]

        took = time.monotonic() - begun
        assert {each.status for each in seen} == {503}
        assert stage.alpha.asked <= 2 + took / 0.1


def test_what_is_asked_as_a_last_resort_is_paid_out_of_the_budget_for_retries(
    tmp_path: Path,
) -> None:
    poor = {**LONG, "retry_seconds": 0.001, "retry_reserve": 2, "retry_ratio": 0.0}
    with a_stage(tmp_path, gateway=poor) as stage:
        stage.alpha.mode = "503"
        for _ in range(20):
            assert stage.ask(model="alpha").status == 503
            time.sleep(0.005)

        assert stage.alpha.asked == 1 + 2


def test_who_said_no_or_asked_for_a_pause_is_no_last_resort(tmp_path: Path) -> None:
    with a_stage(tmp_path, gateway=LONG) as stage:
        stage.alpha.next("503", "403")
        stage.beta.next("503", "429")
        stage.ask()
        until(lambda: stage.ask(model="alpha").status == 503 and stage.alpha.asked == 2)
        until(lambda: stage.ask(model="beta").status == 429)
        asked = stage.alpha.asked, stage.beta.asked

        time.sleep(0.2)

        assert stage.ask().status == 503
        assert (stage.alpha.asked, stage.beta.asked) == asked


def test_while_another_is_well_nobody_is_tried_early(tmp_path: Path) -> None:
    with a_stage(tmp_path, gateway=LONG) as stage:
        stage.alpha.mode = "503"
        for _ in range(10):
            assert stage.ask().provider == "beta"
            time.sleep(0.03)

        assert stage.alpha.asked == 1
