"""How the catalogue decides. Pure: no clock, store, network or chance that was not given."""
