"""What a signed evaluation says of each item, so that models can be set against each other item by item.

Takes in NumPy, by `resampling`.
"""

from corridor.drills.rules.resampling import Score
from corridor.evaluation import Evaluation


def score_of(record: Evaluation) -> Score:
    """Return what a model did on each item; where items were asked several times, the mean of each."""
    digits = [int(digit) for digit in record.outcomes]
    times = _repeats(record)
    if times > 1 and len(digits) % times == 0:
        grouped = [digits[at : at + times] for at in range(0, len(digits), times)]
        return Score(_items(record), tuple(sum(each) / times for each in grouped))
    return Score(_items(record), tuple(float(digit) for digit in digits))


def _items(record: Evaluation) -> str:
    """Return what names the items of a record; nothing else has it if it is not known which they are."""
    which = record.items_sha256 or (f"all {record.n}" if not record.unanswered else record.id)
    return f"{record.suite}/{record.suite_sha256}/{record.language}/{which}"


def _repeats(record: Evaluation) -> int:
    if record.taken is not None:
        return record.taken.repeats
    return record.made.asking.repeats if record.made is not None else 1
