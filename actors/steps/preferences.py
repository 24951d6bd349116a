"""Steps of /settings: one message with buttons, which shows the list, or the choices of one setting."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec

from actors.context import Context
from actors.events import Asked, SettingChosen, SettingsRequested, StopRequested
from actors.interpret import SETTING_BUTTON
from actors.memory import Conversation, Wanted
from actors.phrases import phrases
from actors.preferences import (
    LANGUAGE_CHOICES,
    SYSTEM_PROMPT_LIMIT,
    TRANSCRIPTS,
    VOICE_ANSWERS,
    ConversationPreferences,
    PersonPreferences,
    changed,
    conversation_scope,
    person_scope,
)
from actors.steps.shared import WORDS_TIMER, Buttons, button, is_private, job_name, nothing_waiting, pressed, reply, say
from actors.zones import ZONES_OFFERED, zone_of, zone_shown
from engine.core.chart import Outcome
from engine.core.effects import Button, ClearTimer, Edit, Effect, Prefer, Send, SetTimer
from engine.core.events import Person, TextReceived, TimedOut
from engine.core.styled import Styled
from engine.telegram.text import MESSAGE_UNITS, split, utf16_length

WORDS_WAIT_S = 600.0
"""How long the bot waits for the words that it has asked for."""
PROMPT_SHOWN = 120
"""The most characters of a system prompt in the list."""

OF_PERSON = ("language", "voice_answers", "transcripts", "zone")
OF_CONVERSATION = ("model", "web_search", "system_prompt")
OF_GROUP = ("listens",)
IN_WORDS = {("system_prompt", "write"): "setting-prompt-what", ("zone", "write"): "setting-zone-what"}
"""Choices that a text makes, and what asks for it."""


def is_not_governing(c: Conversation, event: Asked, context: Context) -> bool:
    """In a group only its admins change its settings."""
    return not context.governs


def say_admins_only(c: Conversation, event: Asked, context: Context) -> Outcome[Conversation]:
    """Says so."""
    return reply(c, event, context, "group-admins-only", alert=True)


def show_settings(c: Conversation, event: SettingsRequested, context: Context) -> Outcome[Conversation]:
    """The list, as a message of its own."""
    menu = job_name(context)
    return Outcome(
        c,
        (Send(ref=settings_ref(menu), content=_list(c, context), buttons=_list_buttons(c, menu, context)),),
    )


def settings_ref(menu: str) -> str:
    """The name of a message of settings."""
    return f"settings:{menu}"


def is_in_words(c: Conversation, event: SettingChosen, context: Context) -> bool:
    """A choice that has to be written."""
    return (event.what, event.value) in IN_WORDS


def want_setting(c: Conversation, event: SettingChosen, context: Context) -> Outcome[Conversation]:
    """Asks for the words."""
    return wait_for_words(c, event, context, event.what, IN_WORDS[event.what, str(event.value)], menu=event.menu)


def choose(c: Conversation, event: SettingChosen, context: Context) -> Outcome[Conversation]:
    """Shows the list or the choices of one setting, or takes a choice and shows the list again."""
    if event.what not in _settings(c):
        return show_list(c, event, context)
    if event.value is None:
        content = _about(event.what, context)
        shown = Edit(ref=settings_ref(event.menu), content=content, buttons=_choice_buttons(event, context))
        return Outcome(c, (*pressed(event), shown))
    if event.value not in _choices(event.what, context):
        return reply(c, event, context, "button-gone")
    value = "" if event.value == "default" else event.value
    return _taken(
        c, event, context, event.what, value == "on" if value in ("on", "off") and _is_switch(event.what) else value
    )


def show_list(c: Conversation, event: SettingChosen, context: Context) -> Outcome[Conversation]:
    """Back from the choices."""
    return Outcome(c, (*pressed(event), _list_shown(c, event.menu, context)))


def _taken(
    c: Conversation, event: SettingChosen, context: Context, what: str, value: str | bool
) -> Outcome[Conversation]:
    kept, context = _kept(c, event.person, context, what, value)
    shown = _list_shown(c, event.menu, context)
    return Outcome(c, (kept, *pressed(event, context.phrases.text("setting-saved")), shown))


def _list_shown(c: Conversation, menu: str, context: Context) -> Edit:
    return Edit(ref=settings_ref(menu), content=_list(c, context), buttons=_list_buttons(c, menu, context))


# ── settings that are written ───────────────────────────────────────────────────────────────────────────────────────


def wait_for_words(
    c: Conversation, event: Asked, context: Context, what: str, phrase: str, *, held: str = "", menu: str = ""
) -> Outcome[Conversation]:
    """Asks, and takes the next text of this person for the answer; a group's texts come only as replies."""
    due = context.now + timedelta(seconds=WORDS_WAIT_S)
    asked = Send(
        content=context.phrases.styled(phrase, where=_where(c)),
        wants_reply=not is_private(c),
        reply_to=event.message_id or None if event.query_id is None and not is_private(c) else None,
    )
    wanted = Wanted(what=what, person=event.person, held=held, menu=menu)
    return Outcome(
        c.but(wanted=wanted), (*pressed(event), *nothing_waiting(), asked, SetTimer(timer=WORDS_TIMER, due=due))
    )


def is_wanted_prompt_too_long(c: Conversation, event: TextReceived, context: Context) -> bool:
    """A system prompt that no model should get with every question."""
    return _is_wanted(c, event, "system_prompt") and len(event.text) > SYSTEM_PROMPT_LIMIT


def say_prompt_too_long(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """Says how long it may be; the next text is taken again."""
    return say(
        c, context, "setting-prompt-too-long", length=len(event.text), limit=SYSTEM_PROMPT_LIMIT, where=_where(c)
    )


def is_wanted_system_prompt(c: Conversation, event: TextReceived, context: Context) -> bool:
    """The text is the system prompt."""
    return _is_wanted(c, event, "system_prompt")


def take_system_prompt(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """Keeps it."""
    return _taken_words(c, event, context, "system_prompt", event.text.strip())


def is_wanted_zone_unknown(c: Conversation, event: TextReceived, context: Context) -> bool:
    """A time zone that nobody knows."""
    return _is_wanted(c, event, "zone") and zone_of(event.text) is None


def say_zone_unknown(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """Says how they are named; the next text is taken again."""
    return say(c, context, "setting-zone-unknown")


def is_wanted_zone(c: Conversation, event: TextReceived, context: Context) -> bool:
    """The text is the time zone."""
    return _is_wanted(c, event, "zone")


def take_zone(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """Keeps it."""
    return _taken_words(c, event, context, "zone", zone_of(event.text) or "")


def drop_wanted(c: Conversation, event: StopRequested | TimedOut, context: Context) -> Outcome[Conversation]:
    """The words are not wanted any more."""
    told: tuple[Effect, ...] = say(c, context, "words-dropped").effects if isinstance(event, StopRequested) else ()
    return Outcome(c.but(wanted=None), (ClearTimer(timer=WORDS_TIMER), *pressed(event), *told))


def is_words_over(c: Conversation, event: TimedOut, context: Context) -> bool:
    """Nobody has written them."""
    return event.timer == WORDS_TIMER


def _where(c: Conversation) -> str:
    return "private" if is_private(c) else "group"


def _is_wanted(c: Conversation, event: TextReceived, what: str) -> bool:
    return c.wanted is not None and c.wanted.what == what and c.wanted.person.id == event.person.id


def _taken_words(
    c: Conversation, event: TextReceived, context: Context, what: str, value: str
) -> Outcome[Conversation]:
    menu = c.wanted.menu if c.wanted is not None else ""
    kept, context = _kept(c, event.person, context, what, value)
    shown = (_list_shown(c, menu, context),) if menu else ()
    told = Send(content=context.phrases.styled("setting-saved"))
    return Outcome(c.but(wanted=None), (ClearTimer(timer=WORDS_TIMER), kept, *shown, told))


# ── what they share ─────────────────────────────────────────────────────────────────────────────────────────────────


def _settings(c: Conversation) -> tuple[str, ...]:
    """What can be set here: a group has no voice of its own, and a person no admins."""
    return (*OF_CONVERSATION, *OF_PERSON) if is_private(c) else (*OF_CONVERSATION, *OF_GROUP)


def _is_switch(what: str) -> bool:
    return what in ("web_search", "listens")


def _choices(what: str, context: Context) -> tuple[str, ...]:
    match what:
        case "model":
            return context.offer.models
        case "language":
            return LANGUAGE_CHOICES
        case "voice_answers":
            return VOICE_ANSWERS
        case "transcripts":
            return TRANSCRIPTS
        case "zone":
            return (*ZONES_OFFERED, "default", "write")
        case "system_prompt":
            return ("default", "write")
        case _:
            return ("on", "off")


def _kept(c: Conversation, person: Person, context: Context, what: str, value: str | bool) -> tuple[Prefer, Context]:
    """The choice as it is kept, and the context as it is with it."""
    if what in OF_PERSON:
        own: PersonPreferences = changed(context.person, **{what: value})
        kept = Prefer(scope=person_scope(person.id), value=msgspec.Raw(msgspec.json.encode(own)))
        words = phrases(own.reads(person.language))
        return kept, replace(context, person=own, phrases=words)
    here: ConversationPreferences = changed(context.conversation, **{what: value})
    kept = Prefer(scope=conversation_scope(c.key), value=msgspec.Raw(msgspec.json.encode(here)))
    return kept, replace(context, conversation=here)


def _shown(what: str, context: Context) -> str:
    """The present choice in words."""
    value = getattr(context.person if what in OF_PERSON else context.conversation, what)
    match what:
        case "model":
            return value or (context.offer.models or ("",))[0]
        case "zone":
            return _zone_shown(value or context.offer.zone, context, is_default=not value)
        case "system_prompt":
            return value or context.phrases.text("setting-default")
        case _:
            name = ("on" if value else "off") if isinstance(value, bool) else value
            return context.phrases.text(f"choice-{what}-{name}")


def _zone_shown(zone: str, context: Context, *, is_default: bool) -> str:
    shown = zone_shown(zone, context.now, context.phrases.language)
    return context.phrases.text("setting-zone-default", zone=shown) if is_default else shown


def _cut(text: str, units: int) -> str:
    """As much of it as fits."""
    return text if utf16_length(text) <= units else split(Styled(text), units)[0].text + "…"


def _about(what: str, context: Context) -> Styled:
    """What a setting is for; where words are kept, which."""
    text = context.phrases.text(f"setting-{what}-help")
    if (what, "write") in IN_WORDS:
        text = f"{text}\n\n{context.phrases.text('setting-now')} "  # a phrase takes no argument of that length
        text += _cut(_shown(what, context), MESSAGE_UNITS - utf16_length(text) - 1)
    return Styled(text)


def _list(c: Conversation, context: Context) -> Styled:
    lines = [
        context.phrases.text(f"setting-{what}", value=_cut(_shown(what, context), PROMPT_SHOWN))
        for what in _settings(c)
    ]
    return Styled("\n".join([context.phrases.text("settings-title"), "", *lines]))


def _list_buttons(c: Conversation, menu: str, context: Context) -> Buttons:
    buttons = [button(context, f"setting-{what}-button", SETTING_BUTTON, menu, what) for what in _settings(c)]
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))


def _choice_buttons(event: SettingChosen, context: Context) -> Buttons:
    what = event.what
    shown = [_choice_button(event, what, choice, context) for choice in _choices(what, context)]
    wide = 1 if what in ("model", "voice_answers", "transcripts") else 2
    rows = tuple(tuple(shown[at : at + wide]) for at in range(0, len(shown), wide))
    return (*rows, (button(context, "setting-back", SETTING_BUTTON, event.menu),))


def _choice_button(event: SettingChosen, what: str, choice: str, context: Context) -> Button:
    name = button(context, "setting-back", SETTING_BUTTON, event.menu, what, choice).name
    own = context.person if what in OF_PERSON else context.conversation
    value = getattr(own, what)
    current = ("on" if value else "off") if isinstance(value, bool) else value or "default"
    current = (context.offer.models or ("",))[0] if what == "model" and not value else current
    is_written = choice == "write" and current not in _choices(what, context)
    tick = "✓ " if choice == current or is_written else ""
    if what == "model":
        return Button(tick + choice, name)
    if what == "zone" and choice in ZONES_OFFERED:
        return Button(tick + _zone_shown(choice, context, is_default=False), name)
    phrase = (
        "setting-default-button"
        if choice == "default"
        else "setting-write"
        if choice == "write"
        else f"choice-{what}-{choice}"
    )
    return Button(tick + context.phrases.text(phrase), name)
