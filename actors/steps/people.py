"""Steps about people rather than questions: greeting, help, statistics, strangers, alerts, groups; and about the
conversation as a whole: a new one, forgetting it, exporting it."""

from __future__ import annotations

from actors import stats
from actors.context import Context
from actors.desk.events import DESK, DeskCommanded, ForDesk
from actors.events import (
    Exported,
    ExportRequested,
    ForgetDecided,
    ForgetRequested,
    Forgotten,
    HandedOver,
    HelpRequested,
    Overheard,
    PauseMet,
    ResetRequested,
    StartRequested,
    StatsRequested,
    StrangerSpoke,
    UnknownAsked,
)
from actors.interpret import ACCESS_BUTTON, FORGET_BUTTON, is_nobody
from actors.memory import OVERHEARD_LIMIT, Conversation
from actors.orders import ExportOrder, ForgetOrder
from actors.steps.shared import (
    abandoned,
    button,
    is_private,
    job_name,
    keyboard,
    nothing_waiting,
    pressed,
    reply,
    say,
    start_job,
)
from actors.wording import one_line
from engine.core.chart import Outcome
from engine.core.effects import DropPostponed, Edit, Effect, EndThread, Post, Send, StopJobs
from engine.core.events import TextReceived, UnsupportedReceived
from engine.core.roles import Role
from engine.core.styled import Styled

LINE_KEPT = 500
"""The most characters of an overheard line."""


def greet(c: Conversation, event: StartRequested, context: Context) -> Outcome[Conversation]:
    """Hello, and the keyboard."""
    words = context.phrases
    name = event.person.name or event.person.username or "👋"
    if is_private(c):
        text = words.text("hello", name=name, reset=words.text("word-reset"))
    else:
        text = words.text("hello-group", name=name)
    if context.role is Role.ADMIN:
        text += "\n\n" + words.text("hello-admin")
    return Outcome(c, (Send(content=Styled(text), keyboard=keyboard(c, context)),))


def send_help(c: Conversation, event: HelpRequested, context: Context) -> Outcome[Conversation]:
    """What the bot can do; for admins, in their private chat, their commands, too."""
    words = context.phrases
    text = words.text("help")
    if context.role is Role.ADMIN and is_private(c):
        text += "\n\n" + words.text("help-admin")
    return Outcome(c, (Send(content=Styled(text), keyboard=keyboard(c, context)),))


def send_stats(c: Conversation, event: StatsRequested, context: Context) -> Outcome[Conversation]:
    """What this person's answers have cost."""
    if context.figures is None:
        raise ValueError("StatsRequested without figures")
    return Outcome(c, (Send(content=stats.table(context.figures, context.phrases)),))


def say_unknown(c: Conversation, event: UnknownAsked, context: Context) -> Outcome[Conversation]:
    """No such command, or a button that does nothing any more."""
    return reply(c, event, context, "unknown-command" if event.query_id is None else "button-gone")


def say_unsupported(c: Conversation, event: UnsupportedReceived, context: Context) -> Outcome[Conversation]:
    """What is no message to a model: a game, a story, an invoice."""
    return say(c, context, "unsupported", reply_to=event.message_id)


def is_bare_mention(c: Conversation, event: TextReceived, context: Context) -> bool:
    """A group's text that names the bot and says nothing else, about nothing."""
    is_about = event.reply_to is not None or event.quote or event.forwarded_from is not None
    return not is_private(c) and not event.text.strip() and not is_about


def say_listening(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """Says how to ask; the model is not."""
    return say(c, context, "mention-bare", reply_to=event.message_id)


def refuse_stranger(c: Conversation, event: StrangerSpoke, context: Context) -> Outcome[Conversation]:
    """One sentence, and a button to ask."""
    if is_nobody(event.person):
        return reply(c, event, context, "stranger-nobody")
    if event.query_id is not None:
        return reply(c, event, context, "stranger", alert=True)
    asks = ((button(context, "button-access", ACCESS_BUTTON),),) if context.can_ask_access else ()
    return Outcome(c, (Send(content=context.phrases.styled("stranger"), buttons=asks),))


def say_paused(c: Conversation, event: PauseMet, context: Context) -> Outcome[Conversation]:
    """One sentence, and nothing is spent; who is paused alone is not told that the bot is."""
    is_alone = event.reason == "paused" and not context.house.is_paused
    return reply(c, event, context, "paused-alone" if is_alone else event.reason, alert=True)


def hand_over(c: Conversation, event: HandedOver, context: Context) -> Outcome[Conversation]:
    """Passes it on to the admins' desk, which answers."""
    return Outcome(c, (_to_desk(event.what, context),))


def is_reply_to_desk(c: Conversation, event: TextReceived, context: Context) -> bool:
    """An admin answers something that the desk has said."""
    ours = context.replied.ours if context.replied is not None else None
    return context.role is Role.ADMIN and ours is not None and ours.ref.startswith(f"{DESK}:")


def hand_over_reply(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """See is_reply_to_desk."""
    ours = context.replied.ours if context.replied is not None else None
    said = DeskCommanded(
        at=event.at,
        person=event.person,
        conversation=c.key,
        message_id=event.message_id,
        command="reply",
        argument=event.text,
        ref=ours.ref if ours is not None else "",
    )
    return Outcome(c, (_to_desk(said, context),))


def _to_desk(what: ForDesk, context: Context) -> Post:
    return Post(conversation=DESK, key=f"{DESK}:{context.event_id}", event=what)


def overhear(c: Conversation, event: Overheard, context: Context) -> Outcome[Conversation]:
    """A line of a group becomes context for the next question, where the group's admin wants that; else nothing."""
    if not context.conversation.listens or event.message is None or not event.message.text.strip():
        return Outcome(c)
    name = one_line(event.person.name or event.person.username or str(event.person.id))
    line = f"{name}: {event.message.text[:LINE_KEPT]}"
    return Outcome(c.but(overheard=(*c.overheard, line)[-OVERHEARD_LIMIT:]))


def start_afresh(c: Conversation, event: ResetRequested, context: Context) -> Outcome[Conversation]:
    """A new thread; what runs is stopped, its end concerns nobody, and what waited for it is dropped."""
    fresh = Conversation(key=c.key, thread=c.thread + 1, language=c.language)
    phrase = "reset-done-busy" if c.job else "reset-done"
    said = Send(content=context.phrases.styled(phrase), keyboard=keyboard(c, context))
    return Outcome(fresh, (*_ended(c, context), said))


def ask_whether_to_forget(c: Conversation, event: ForgetRequested, context: Context) -> Outcome[Conversation]:
    """Says what would be deleted, with two buttons."""
    menu = job_name(context)
    yes = button(context, "forget-yes", FORGET_BUTTON, menu, "yes")
    no = button(context, "forget-no", FORGET_BUTTON, menu, "no")
    return Outcome(
        c, (Send(ref=f"forget:{menu}", content=context.phrases.styled("forget-ask"), buttons=((yes,), (no,))),)
    )


def is_forgetting(c: Conversation, event: ForgetDecided, context: Context) -> bool:
    """It is meant."""
    return event.is_meant


def forget(c: Conversation, event: ForgetDecided, context: Context) -> Outcome[Conversation]:
    """A new thread, and the job that deletes everything of the old ones."""
    fresh = Conversation(key=c.key, thread=c.thread + 1, language=c.language)
    order = ForgetOrder(person=event.person, language=context.phrases.language, thread=c.thread)
    return Outcome(
        fresh,
        (
            *pressed(event),
            *_ended(c, context),
            StopJobs(),
            Edit(ref=f"forget:{event.menu}", content=context.phrases.styled("forget-begun")),
            start_job(job_name(context), "forget", order),
        ),
    )


def keep_all(c: Conversation, event: ForgetDecided, context: Context) -> Outcome[Conversation]:
    """It is not meant."""
    return Outcome(
        c, (*pressed(event), Edit(ref=f"forget:{event.menu}", content=context.phrases.styled("forget-kept")))
    )


def say_forgotten(c: Conversation, event: Forgotten, context: Context) -> Outcome[Conversation]:
    """The receipt: how much of what was deleted, and what could not be."""
    words = context.phrases
    kinds = ("turns", "responses", "files", "stores", "containers")
    lines = [f"• {words.text(f'forgotten-{kind}', count=count)}" for kind in kinds if (count := getattr(event, kind))]
    if lines:
        lines.insert(0, words.text("forgotten"))
    if event.left:
        lines.append(words.text("forgotten-left", count=event.left))
    text = "\n".join(lines) or words.text("forgotten-nothing")
    return Outcome(c, (Send(content=Styled(text), keyboard=keyboard(c, context)),))


def export(c: Conversation, event: ExportRequested, context: Context) -> Outcome[Conversation]:
    """Starts the job that writes the conversation into a file."""
    order = ExportOrder(
        person=event.person, language=context.phrases.language, thread=c.thread, zone=context.person.zone
    )
    return Outcome(c, (*pressed(event), start_job(job_name(context), "export", order)))


def send_export(c: Conversation, event: Exported, context: Context) -> Outcome[Conversation]:
    """The file."""
    if event.file is None:
        return say(c, context, "export-nothing")
    caption = context.phrases.styled("export-done", count=event.turns)
    return Outcome(c, (Send(content=caption, file=event.file),))


def _ended(c: Conversation, context: Context) -> tuple[Effect, ...]:
    """What a thread leaves behind is ended with it."""
    return (*abandoned(c, context), *nothing_waiting(), DropPostponed(), EndThread(thread=c.thread))
