"""What a file's uploads to OpenAI are called here, so that the same one is not uploaded twice for a thread."""

from __future__ import annotations

from actors.intake import Route, part_bytes
from engine.core.files import Attachment


def first_source(attachment: Attachment, way: Route) -> str:
    """What is known where all of this file is at OpenAI, if that is what becomes of it."""
    if way is Route.VISION:
        return vision_source(attachment, 0)
    return whole_source(attachment) if part_bytes(attachment, way) is None else part_source(attachment, 0)


def vision_source(attachment: Attachment, number: int) -> str:
    """A picture as the model looks at it, or one of the frames of what moves."""
    return f"vision:{attachment.key}:{number}"


def whole_source(attachment: Attachment) -> str:
    """The file as it is."""
    return f"data:{attachment.key}"


def part_source(attachment: Attachment, number: int) -> str:
    """A part of a text or a table. The first one is uploaded last."""
    return f"data:{attachment.key}:{number}"
