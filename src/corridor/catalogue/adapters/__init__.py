"""The ways to a model: an OpenAI-compatible server, llama.cpp in this process, packaged files."""
