"""Logs of other harnesses as samples, each format in a module of its own; none needs its harness."""
