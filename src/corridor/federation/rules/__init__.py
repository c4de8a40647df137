"""What federation decides by. Pure: the same input, the same answer."""
