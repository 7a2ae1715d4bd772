"""`python -m accepted`, the same as `accepted`."""

from accepted.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
