"""Asking a node over HTTP with patience: how long an answer takes says nothing on a busy machine."""

from functools import partial

import httpx2

PATIENCE_SECONDS = 60
get = partial(httpx2.get, timeout=PATIENCE_SECONDS)
post = partial(httpx2.post, timeout=PATIENCE_SECONDS)
put = partial(httpx2.put, timeout=PATIENCE_SECONDS)
