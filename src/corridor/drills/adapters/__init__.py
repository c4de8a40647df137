"""A drill's outside: the gateway it probes, and the report it shows."""
