"""What loads a gateway: a supplier, a caller and a bare pass-through, each a process of its own."""
