"""What everything stands on: records, signing, the log, the store, jobs, the clock, the errors."""
