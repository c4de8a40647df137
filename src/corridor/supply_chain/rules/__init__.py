"""What follows from the facts: sums, figures, ways through the graph. Pure functions."""
