"""How far a judge can be believed: agreement with people, error-corrected shares, strict verdicts."""
