"""Drivers perform the actions of the core and report events. They decide nothing.

    transport    what carries a request, and one that needs no network
    http         the same over httpx2
    exchange     one request through pace and credential, for both colours
    sync, async_ one verb performed in either colour
    many         many verbs over one loop
    journal      what survives the process
    clock        what time it is
    forks        what a child process must not share with its parent

How to write another one: `docs/sansio.md`.
"""
