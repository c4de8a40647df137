"""Where suites come from."""
