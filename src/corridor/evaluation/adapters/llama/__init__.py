"""llama.cpp's own functions, for what its server does not tell: the likelihood of a given text."""
