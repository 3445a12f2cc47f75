"""``python -m clew``: the same as the ``clew`` command."""

from clew.cli import main

if __name__ == "__main__":
    main()
