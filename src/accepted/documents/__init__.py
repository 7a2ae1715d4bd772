"""Reading what describes an API: OpenAPI, AsyncAPI, Python and Elixir, each with its places in the text.

What may live here: readers, and what is inferred from what they read. No rule, no opinion, nothing that is run:
a Python module is parsed, never imported. Everything read is bounded, since it may come from anybody.
"""
