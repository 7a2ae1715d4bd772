"""The pure core: every decision, no clock, no random number, no socket.

Nothing in this package waits or touches the machine; import-linter enforces it.
"""
