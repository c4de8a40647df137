"""How a tree is laid out on a page: how wide texts are, where lines break, where boxes stand."""
