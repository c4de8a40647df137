"""What is wrong with a data set: found, counted, and shown with what is done about it.

`usable` leaves out items that cannot be asked or judged; it needs nothing. `findings` looks for what a
reader must know, and `near` and `contamination` for texts that are almost the same; these need NumPy and
are imported by their own names.
"""
