"""Answers about the bytes of files: parts that are fetched, parts that are saved."""

from __future__ import annotations

from typing import Any

from telethon.tl import functions, types

from engine.sandbox.telegram.api import Call, answers
from engine.sandbox.telegram.files import PartRead, has_size
from engine.sandbox.telegram.refusal import Refusal

WINDOW = 1 << 20
"""No part may cross a border between these, counted from the beginning of the file."""
SEE_OTHER = 303
UNIT, PRECISE_UNIT = 4 << 10, 1 << 10


@answers(functions.upload.GetFileRequest)
def get_file(call: Call) -> Any:
    """A part of a file: nothing behind its end, and nothing where the sandbox has less than it tells of."""
    request = call.request
    _check_part(request.offset, request.limit, precise=bool(request.precise))
    location = request.location
    if not isinstance(location, types.InputPhotoFileLocation | types.InputDocumentFileLocation):
        raise Refusal("LOCATION_INVALID")
    call.telegram.faults.check_allowance(call.session.id)
    call.telegram.faults.count_part()
    media = call.world.files.find(location)
    if call.session.line is not None and call.session.line.dc_id != media.dc_id:
        raise Refusal(f"FILE_MIGRATE_{media.dc_id}", SEE_OTHER)
    is_photo = isinstance(location, types.InputPhotoFileLocation)
    if is_photo != (media.kind == "photo") or not has_size(media, location.thumb_size):
        raise Refusal("LOCATION_INVALID")
    assert media.content is not None
    assert media.date is not None
    part = media.content.read(request.offset, request.limit)
    call.world.files.reads.append(PartRead(media.file_id, request.offset, len(part)))
    kind = types.storage.FileJpeg() if is_photo else types.storage.FileUnknown()
    return types.upload.File(kind, int(media.date.timestamp()), part)


def _check_part(offset: int, limit: int, *, precise: bool) -> None:
    """https://core.telegram.org/api/files#downloading-files, and which of the two errors comes when."""
    unit = PRECISE_UNIT if precise else UNIT
    if offset < 0 or offset % unit:
        raise Refusal("OFFSET_INVALID")
    if not 0 < limit <= WINDOW or limit % unit or (not precise and WINDOW % limit):
        raise Refusal("LIMIT_INVALID")
    if offset // WINDOW != (offset + limit - 1) // WINDOW:
        raise Refusal("LIMIT_INVALID")


@answers(functions.upload.SaveFilePartRequest)
def save_part(call: Call) -> Any:
    """A part of a file of up to 10 MB."""
    request = call.request
    call.telegram.faults.check_allowance(call.session.id)
    call.telegram.uploads.save(request.file_id, request.file_part, request.bytes)
    return True


@answers(functions.upload.SaveBigFilePartRequest)
def save_big_part(call: Call) -> Any:
    """A part of a larger file, of which the number of parts is known."""
    request = call.request
    call.telegram.faults.check_allowance(call.session.id)
    call.telegram.uploads.save(request.file_id, request.file_part, request.bytes, request.file_total_parts)
    return True
