"""A question before something is deleted; ``FORCE=1`` answers it in advance."""

import os

from coupled_vae.runtime.errors import UserError

FORCE = "FORCE"


def confirmed(action: str) -> bool:
    """Whether the reader agrees to an action, for example ``delete 3 files``.

    Raises:
        UserError: Nobody can answer, since the input is closed or empty.
    """
    if os.environ.get(FORCE) == "1":
        return True
    try:
        answer = input(f"{action}? [y/N] ")
    except EOFError:
        print()
        raise UserError(
            f"nobody answered whether to {action}; nothing was changed; {FORCE}=1 needs no answer"
        ) from None
    return answer.strip().lower() in ("y", "yes")
