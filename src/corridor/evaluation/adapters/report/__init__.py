"""The report on evidence: one page that opens offline, the same as data, and its pictures."""
