"""Models in the layout of the transformers library, opened in this process.

Needs the extra `transformers`; nothing of it is taken in before a model is loaded. Weights are read from
safetensors in a local folder alone: no hub is asked, and no program that lies with a model is run.
"""
