"""What scores say and how surely: intervals, paired gaps, early stopping, drift.

All work on arrays or on samples, without a clock, a file or chance of their own: seeds are given. They
need NumPy and SciPy, so nothing on a gateway's way imports them.
"""
