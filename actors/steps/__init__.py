"""The guards and steps of the conversation's chart (its table: actors/conversation.py).

A guard asks (`is_`, `has_`, `wants_`), a step does; both get the conversation, the event and the context, and are pure.

- questions: what the model is asked        - answers: how it ended
- gathering: what belongs together          - captions: files without words
- listening: sound, transcripts, speech     - pictures: made to order
- preferences: /settings                    - people: greeting, help, forgetting, groups
- shared: what all of them use
"""
