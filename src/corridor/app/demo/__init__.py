"""`corridor demo`: two nodes, two real models, one drill, on this machine."""
