"""The one exception a user is meant to read: a single line, no traceback."""


class UserError(Exception):
    """Bad input: names the thing, its value, the choices, and where to mend it."""
