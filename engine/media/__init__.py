"""Sounds, pictures and documents as files on the disk: what they are, and what OpenAI and Telegram take of them.

All of it is synchronous and some of it takes seconds, so callers run it in worker threads. Nothing here trusts a
name or a MIME type: what a file is, is what its bytes say, and a file that says nothing sensible is an
`UnreadableFileError`. Other errors of the disk (full, forbidden) pass as the `OSError` they are.
"""
