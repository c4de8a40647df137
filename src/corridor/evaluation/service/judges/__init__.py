"""Judges: who says what an answer did, how far people agree with them, and answers judged anew.

`Judges` takes in NumPy and is imported by its own name.
"""
