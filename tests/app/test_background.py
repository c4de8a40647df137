import asyncio

from structlog.testing import capture_logs

from corridor.app.keeping import kept_going


def test_a_loop_with_a_defect_is_told_and_begun_again() -> None:
    async def run() -> int:
        stop, tries = asyncio.Event(), [0]

        async def loop() -> None:
            tries[0] += 1
            if tries[0] == 1:
                raise ZeroDivisionError
            stop.set()

        await asyncio.wait_for(kept_going("gateway", loop, stop), 60)
        return tries[0]

    with capture_logs() as said:
        assert asyncio.run(run()) == 2
    assert [(line["event"], line["part"]) for line in said] == [
        ("node.background.defect", "gateway")
    ]
