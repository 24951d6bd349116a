## Commands: what stands beside them in Telegram's menu
command-start = Say hello
command-help = What I can do
command-stop = Stop the answer
command-reset = Start a new conversation
command-stats = What I have cost you

## Words on the keyboard under the input field (each is understood as its command)
word-reset = 🆕 New conversation
word-stats = 📊 Statistics
word-help = ❓ Help
word-stop = ⏹ Stop

## Greeting and help
hello =
    Hello, { $name }! I answer with the help of OpenAI. Just write to me.

    What you send while I am writing waits its turn. Stop ends an answer, “{ $reset }” begins afresh.
hello-admin = You are an admin of this bot: I will tell you here when something needs you.
help =
    Write to me as you would to a person: I remember our conversation until you start a new one.

    /stop – stop the answer
    /reset – start a new conversation
    /stats – what your answers have cost
    /help – this text

    In groups I answer when you mention me, reply to me or use a command.

## The conversation
waiting-placeholder = …
button-stop = ⏹ Stop
reset-done = A new conversation. What I knew of the old one is forgotten here.
reset-done-busy = A new conversation. What I knew of the old one is forgotten here, and what still waited is dropped.
stop-nothing = Nothing is running.
stop-pressed = Stopping…
stop-too-late = This answer has already ended.
answer-stopped =
    { $cost ->
        [unknown] ⏹ Stopped.
       *[known] ⏹ Stopped · { $amount }
    }
answer-empty = The model answered nothing. Ask again, perhaps in other words.
answer-cut-max_output_tokens = ✂️ The answer reached its limit. Write “continue” for more.
answer-cut-content_filter = ✂️ OpenAI's content filter ended the answer here.
answer-cut-other = ✂️ The answer ends here; OpenAI gave no reason.
thread-healed = ↻ OpenAI had forgotten our conversation; I reminded it of the last messages.

## What can't be done
stranger = I may only talk to people whom my admin has let in. Ask them, and give them your Telegram ID: { $id }.
unknown-command = I don't know this command. /help shows what I can do.
button-gone = This button no longer does anything.
unsupported = I can only read text so far. Please write what you need in words.
message-too-long = The text is too long for one question ({ $length } characters of at most { $limit }). Please shorten it or split it.

failed-quota = OpenAI refuses because the account's money is used up. The admin has been told; please try again later.
failed-credentials = OpenAI does not accept this bot's key. The admin has been told.
failed-rate =
    { $seconds ->
        [0] OpenAI is getting too many requests at the moment. Please try again in a minute.
        [one] OpenAI is getting too many requests at the moment. Please try again in { $seconds } second.
       *[other] OpenAI is getting too many requests at the moment. Please try again in { $seconds } seconds.
    }
failed-outage = OpenAI can't be reached at the moment. Please ask again in a few minutes.
failed-cut = The connection to OpenAI broke off in the middle of the answer. Ask again for the whole of it.
failed-too_long = Our conversation no longer fits into the model's memory. Start a new one with /reset and ask again.
failed-refused = OpenAI refuses to answer this. Please put it differently.
failed-request = OpenAI does not accept this request. The admin has been told.
failed-late = There was no answer in time. Please ask again.
failed-crash = Something went wrong on my side. The admin has been told; please ask again.
quarantined = I could not handle your last message: something went wrong on my side. The admin has been told.

## Statistics
stats-title = 📊 What your answers have cost
stats-today = Today
stats-month = This month
stats-all = All time
stats-none = nothing yet
stats-line =
    { $calls ->
        [one] { $model }: { $calls } answer, { $tokens }, { $amount }
       *[other] { $model }: { $calls } answers, { $tokens }, { $amount }
    }
stats-tokens =
    { $tokens ->
        [one] { $tokens } token
       *[other] { $tokens } tokens
    }
stats-unpriced =
    { $calls ->
        [one] ⚠️ { $calls } answer has no known price and is not included.
       *[other] ⚠️ { $calls } answers have no known price and are not included.
    }
stats-sum = Together: { $amount }

## Alerts for admins
alert-quota = 🚨 OpenAI: the quota is used up. Nobody gets answers until the account has money: platform.openai.com/settings/organization/billing
alert-credentials = 🚨 OpenAI refuses the API key. Check OPENAI_API_KEY in .env and restart the bot.
alert-request = ⚠️ OpenAI does not accept a request: { $detail }. The log has more.
alert-outage = ⚠️ OpenAI could not be reached: { $detail }.
alert-unknown-price = ⚠️ Nobody knows what the model { $detail } costs: its answers are booked without a price.
alert-quarantined = ⚠️ An event could not be handled and was put into quarantine: { $detail }. The log has more.
alert-crash = ⚠️ A job failed twice: { $detail }. The log has more.
