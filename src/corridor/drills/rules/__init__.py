"""What drills decide by. Pure functions."""
