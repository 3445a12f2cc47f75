"""Exit codes of every command."""

#: Done; done, and a gate or monitor was violated; bad input or usage; our fault.
DONE, VIOLATED, BAD_INPUT, OUR_FAULT = 0, 1, 2, 3
