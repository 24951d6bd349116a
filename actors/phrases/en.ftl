## Commands: what stands beside them in Telegram's menu
command-start = Say hello
command-help = What I can do
command-stop = Stop the answer
command-reset = Start a new conversation
command-retry = Ask the last question again
command-img = Draw a picture
command-settings = Settings
command-export = This conversation as a file
command-forget = Delete everything about this conversation
command-stats = What I have cost you
command-stat = Spending of everybody
command-users = Who uses me
command-models = Models
command-setmodel = Choose the model
command-pricing = Prices that I know
command-limits = Budgets
command-status = How I am
command-invite = Make an invite
command-broadcast = A message to everybody
command-quarantine = What could not be handled
command-ledger = The ledger as a file
command-audit = What admins have done
command-pause = Pause the bot
command-resume = Let it go on

## Words on the keyboard under the input field (each is understood as its command)
word-reset = 🆕 New conversation
word-img = 🎨 Picture
word-settings = ⚙️ Settings
word-stats = 📊 Statistics
word-help = ❓ Help
word-stop = ⏹ Stop
word-stat = 📈 All figures
word-users = 👥 People
word-status = 🩺 Status

## Greeting and help
hello =
    Hello, { $name }! I answer with the help of OpenAI. Just write to me.

    What you send while I am writing waits its turn. Stop ends an answer, “{ $reset }” begins afresh.
hello-group =
    Hello, { $name }! I answer with the help of OpenAI. Mention me, or reply to a message of mine.

    What you send while I am writing waits its turn. Stop ends an answer, /reset begins afresh.
hello-admin = You are an admin of this bot: I will tell you here when something needs you.
help =
    Write to me as you would to a person: I remember our conversation until you start a new one. Send photos, voice notes, videos, documents, tables, archives: I look at pictures and GIFs, listen to voice notes and videos (I look at videos without sound), read the rest, and calculate with it.

    Reply to one of my answers to go on from there. Edit your question, and I answer it anew. Reply to a picture, and I change it.

    /img – draw a picture
    /stop – stop what I am doing
    /retry – ask the last question again
    /reset – start a new conversation
    /settings – model, language, voice, web search and more
    /stats – what your answers have cost
    /export – this conversation as a file
    /forget – delete everything about this conversation
    /help – this text

    In groups I answer when you mention me, reply to me or use a command.
help-admin = For admins: /users – people, /limits – budgets, /invite – an invitation, /models and /setmodel – models, /pricing – prices, /stat – spending, /ledger – the ledger, /status – how the bot is, /audit – what admins did, /quarantine – what could not be handled, /broadcast – a message to everybody, /pause and /resume – stop the bot and go on.

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
answer-empty = The model answered nothing. Press “Again” to ask the same once more.
answer-all-thought = The model used up the length of its answer on thinking and wrote nothing. Press “Again”, or split the question into parts.
answer-cut-max_output_tokens = ✂️ The answer reached its limit. There is more: press “Continue”.
answer-as-file = The answer is too long for messages: here it is as a file.
button-retry = 🔁 Again
button-continue = ▶️ Continue
button-busy = I am busy with something else. Press again when it is done.
button-not-yours = This button is for the person who asked.
retry-nothing = There is nothing here to ask again.
ask-continue = Go on exactly where you stopped.
gathered-dropped = Dropped.
words-dropped = All right, nothing.
mention-bare = I am listening. Write your question behind the mention, or reply to this message with it.
sources-title =
    { $count ->
        [one] { $count } source
       *[other] { $count } sources
    }
answer-cut-content_filter = ✂️ OpenAI's content filter ended the answer here.
answer-cut-other = ✂️ The answer ends here; OpenAI gave no reason.
answer-without-tools = 🪫 The budget left nothing for tools: I searched neither the web nor documents, and computed nothing.
thread-healed = ↻ OpenAI had forgotten our conversation; I reminded it of the last messages.

## What can't be done
stranger = I may only talk to people whom my admins have let in.
stranger-nobody = I can't tell who writes in the name of a channel or a group. Please write to me as yourself.
button-access = 🙋 Ask for access
unknown-command = I don't know this command. /help shows what I can do.
button-gone = This button no longer does anything.
unsupported = I can't do anything with a message of this kind. Please send it as text, a picture, a sound or a file.
message-too-long = The text is too long for one question ({ $length } characters of at most { $limit }). Please shorten it or split it.

failed-quota = OpenAI refuses because the account's money is used up. The admin has been told; please try again later.
failed-credentials = OpenAI does not accept this bot's key. The admin has been told.
failed-rate =
    { $seconds ->
        [0] OpenAI is getting too many requests at the moment. Please try again in a minute.
        [one] OpenAI is getting too many requests at the moment. Please try again in { $seconds } second.
       *[other] OpenAI is getting too many requests at the moment. Please try again in { $seconds } seconds.
    }
failed-budget =
    { $scope ->
        [person] Your budget { $period ->
            [day] for today
            [month] for this month
           *[once] here
        } is used up, or what is left is too little for this.
        [chat] This group's budget { $period ->
            [day] for today
            [month] for this month
           *[once] here
        } is used up, or what is left is too little for this.
        [role] What I may spend on { $role ->
            [admin] admins
            [member] members
           *[guest] guests
        } { $period ->
            [day] today
            [month] this month
           *[once] in all
        } is used up.
       *[bot] What I may spend { $period ->
            [day] today
            [month] this month
           *[once] in all
        } is used up.
    } Please ask for more, or wait.
button-more = 🙋 Ask for more
failed-outage = OpenAI can't be reached at the moment. Please ask again in a few minutes.
failed-telegram = Telegram does not give me the file at the moment. Please ask again in a few minutes.
failed-no_room = There is no room for this file on my side at the moment. The admin has been told; please try again later.
failed-cut = The connection to OpenAI broke off in the middle of the answer. Ask again for the whole of it.
failed-too_long = Our conversation no longer fits into the model's memory. Start a new one with /reset and ask again.
failed-refused = OpenAI refuses to answer this. Please put it differently.
failed-request = OpenAI does not accept this request. The admin has been told.
failed-late = There was no answer in time. Please ask again.
failed-crash = Something went wrong on my side. The admin has been told; please ask again.
quarantined = I could not handle your last message: something went wrong on my side. The admin has been told.

## Files
failed-file_corrupt = I can't read { $name }: it is damaged, or not what its name says. Please send it again, perhaps in another format.
failed-file_encrypted = { $name } is protected by a password. Please send it without one.
failed-file_empty = There is nothing in { $name }. Please send it again.
failed-file_no_sound = There is no sound in { $name }.
failed-file_too_large = { $name } is too large for OpenAI. Please send it in parts.
failed-file_too_many = There is too much in { $name }: I look into archives of up to 10,000 files and 4 GB. Please send a smaller one.
failed-file_packed = { $name } is larger than OpenAI takes whole. Press “What is inside?” under it, and choose a file.
failed-file_unsupported = I can't open { $name }: I don't know this kind of archive. Please send it as a zip.
failed-file_bomb = { $name } would become absurdly large when unpacked: I leave it shut.
failed-file_gone = Telegram no longer gives me { $name }: its message may be deleted. Please send it again.
file-corrupt = ⚠️ I could not read { $name }: it is damaged, or not what its name says.
file-encrypted = ⚠️ I could not read { $name }: it is protected by a password.
file-empty = ⚠️ There is nothing in { $name }.
file-no_sound = ⚠️ There is no sound in { $name }.
file-too_large = ⚠️ { $name } is too large for OpenAI, which takes 512 MB at most.
file-too_many = ⚠️ There is too much in { $name }: I look into archives of up to 10,000 files and 4 GB.
file-packed = ⚠️ { $name } is larger than OpenAI takes whole: open it, and choose a file.
file-unsupported = ⚠️ I could not open { $name }: I don't know this kind of archive.
file-bomb = ⚠️ { $name } would become absurdly large when unpacked: I left it shut.
file-gone = ⚠️ Telegram no longer gives me { $name }: its message may be deleted.
file-made_too_large = ⚠️ { $name } was made, but it is too large: I bring 512 MB of one answer at most.
file-unpaid = 🗑 The documents I searched here are deleted at OpenAI: the budget no longer allows keeping them. If you still need them, please send them again.
file-lost = ⚠️ { $name } was made, but I could not fetch it.
file-program = { $name } is a program: I don't run or read those. Please send the document, picture or table that it is about.
file-nameless = the file
file-beyond = { $name } has { $size }; OpenAI takes at most { $limit } for a file of this kind. Please send it in parts, or as text or CSV: those I divide myself.
file-too-big = The file has { $size } MB; I take at most { $limit } MB. Please send a smaller one, or a part of it.
sort-picture = 🖼 Picture
sort-sound = 🎵 Sound
sort-video = 🎬 Video
sort-pdf = 📄 PDF
sort-document = 📄 Document
sort-text = 📄 Text
sort-table = 📊 Table
sort-archive = 🗜 Archive
sort-program = ⚙️ Program
sort-file = 📎 File
size-giga = { $amount } GB
size-mega = { $amount } MB
size-kilo = { $amount } KB
size-bytes =
    { $amount ->
        [one] { $amount } byte
       *[other] { $amount } bytes
    }
offer-question = What shall I do with it? Press a button, or write or say it.
offer-open = It is larger than OpenAI takes whole: look inside, choose a file, then ask about that.
offer-more =
    { $count ->
        [one] … and { $count } more
       *[other] … and { $count } more
    }
offer-rests = 💤 It stays here: press a button, or reply to this message.
offer-dropped = Dropped.
file-deleted = 🗑 The message with { $name } was deleted, so there is no answer about it. If you still need one, please send the file again.
offer-gone = 🗑 Its message was deleted or changed: I won't use it.
found-pages =
    { $count ->
        [one] { $count } page
       *[other] { $count } pages
    }
found-rows =
    { $count ->
        [one] { $count } row
       *[other] { $count } rows
    }
found-corrupt = ⚠️ It seems to be damaged.
found-encrypted = ⚠️ It is protected by a password.
found-empty = ⚠️ There is nothing in it.
found-gone = ⚠️ Its message was deleted.
found-too_large = ⚠️ It is too large to look inside.
found-unsupported = ⚠️ I can't open the archive that it is in.
found-bomb = ⚠️ It would become absurdly large when unpacked.
found-too_many = ⚠️ There is too much in the archive that it is in.
do-describe = Describe
do-read = Read the text
do-translate = Translate
do-edit = Change it
do-transcribe = Transcribe
do-summary = Summary
do-points = Key points
do-explain = Explain
do-anomalies = Find anomalies
do-chart = Draw a chart
do-list = What is inside?
do-as_file = As a file
ask-describe = Describe this.
ask-read = Read the text in this and write it down exactly, without anything of your own.
ask-translate = Translate this into English; if it is English, into Russian.
ask-summary = Summarise this.
ask-points = List the key points of this.
ask-explain = Explain this.
ask-anomalies = Find anomalies and errors in this data, and say how you found them.
ask-chart = Draw a chart that shows what is most important in this data, and say in a sentence what it shows.
ask-list = Say what is inside of this and what it is for.

## Large files on their way
arriving =
    📥 { $bar } { $percent } %
    { $done } of { $total } · { $speed }/s
    { $then }
heavy-waits = ⏳ Waiting: other large files are being worked on first.
arriving-waits =
    ⏳ Waiting: { ORDINAL($place) ->
        [one] { $place }st
        [two] { $place }nd
        [few] { $place }rd
       *[other] { $place }th
    } in line
    Other large files come first.
archive-looking = 🗜 Looking inside…
archive-listed =
    🗜 { $name } · { $count ->
        [one] { $count } file
       *[other] { $count } files
    } · { $size } unpacked

    { $files }
archive-left-out =
    { $count ->
        [one] { $count } entry is not shown: a link, or a name that leads out of the archive.
       *[other] { $count } entries are not shown: links, or names that lead out of the archive.
    }
archive-locked = What has a 🔒 is protected by a password: I can't open it.
archive-too-large = What has a 🐘 is too large, or would become absurdly large: I don't unpack it.
archive-choose = Which file shall I open?
archive-all = All { $count }
archive-all-here = All { $count } on this page
archive-page =
    { $shown ->
        [one] This is file { $first } of { $count }; the others are on the other pages.
       *[other] These are files { $first }–{ $last } of { $count }; the others are on the other pages.
    }
arriving-then-list = Then I look inside.
arriving-soon = 📥 Fetching the file…
arriving-then-answer = Then I read it and answer.
arriving-then-listen = Then I listen to it.
arriving-then-draw = Then I draw.

## Sound
transcribing = 🎧 Listening…
transcribing-pieces = 🎧 Listening… part { $done } of { $total } is written down.
transcribing-outline = 🎧 All of it is written down. I am writing the summary…
transcript-partial = ⚠️ I could not hear { $missing } of { $total } parts; their times stand in the text.
transcript-again = Send the same file again, and I only listen to what is missing.
consent-question = 🎧 This plays for { $duration } and would cost about { $amount } to write down. Shall I?
consent-go = Go
consent-begin = First 10 minutes
consent-cancel = Cancel
consent-declined = All right: I have not listened to it, and it has cost nothing.
consent-gone = 🗑 Its message was deleted or changed: I have not listened to it, and it has cost nothing.
transcript-silent = I heard no words in this.
film-looked-at = 🎬 There is no sound in { $name }: I look at some frames of it.
transcript-goes-on = … the whole of it is in the file.
errand-speak = I could not speak this answer; it stands above.
errand-export = I could not write the file. Please try again.
errand-forget = I could not delete everything: something went wrong on my side. The admin has been told; please try again.

## Pictures
picture-what =
    { $where ->
        [group] What shall I draw? Reply to this message with a description.
       *[private] What shall I draw? Describe it in your next message.
    }
picture-change-what =
    { $where ->
        [group] What shall I change? Reply to this message with a description.
       *[private] What shall I change? Describe it in your next message.
    }
picture-format = Which format?
format-square = ◻️ Square
format-landscape = ▭ Landscape
format-portrait = ▯ Portrait
picture-drawing = 🎨 Drawing…
picture-caption = 🎨 { $prompt }
picture-once = This picture is drawn already, or the choice is too old. /img draws another one.
button-original = 📎 As a file, full quality

## Settings
settings-title = ⚙️ Settings
setting-model = Model: { $value }
setting-web_search = Web search: { $value }
setting-system_prompt = Instructions: { $value }
setting-listens = Group lines as context: { $value }
setting-language = Language: { $value }
setting-voice_answers = Spoken answers: { $value }
setting-transcripts = Voice notes: { $value }
setting-zone = Time zone: { $value }
setting-model-button = Model
setting-web_search-button = Web search
setting-system_prompt-button = Instructions
setting-listens-button = Context
setting-language-button = Language
setting-voice_answers-button = Spoken answers
setting-transcripts-button = Voice notes
setting-zone-button = Time zone
setting-model-help = Which model shall answer here?
setting-web_search-help = May I search the web for answers here?
setting-system_prompt-help = Your own instructions come with every question, in the place of the usual ones.
setting-listens-help = Shall I read what people say to each other here, as context for the next question? I keep the last lines only until then.
setting-language-help = In which language shall I speak to you?
setting-voice_answers-help = Shall I also speak my answers?
setting-transcripts-help = What shall I do with your voice notes?
setting-zone-help = Where are you? I tell the model your local time.
setting-now = Now:
setting-prompt-what =
    { $where ->
        [group] Reply to this message with your instructions.
       *[private] Write the instructions in your next message.
    }
setting-prompt-too-long = The instructions are too long ({ $length } characters of at most { $limit }). { $where ->
        [group] Please shorten them and send them in reply to this message.
       *[private] Please shorten them and send them again.
    }
setting-zone-what = Write your city, for example Berlin, or your time zone: Europe/Berlin.
setting-zone-unknown = I don't know this city or time zone. Write the nearest large city, or a zone such as Europe/Berlin.
setting-zone-default = as the bot's: { $zone }
setting-default = the usual ones
setting-default-button = The usual
setting-write = ✍️ Write it
setting-back = ‹ Back
setting-saved = Saved.
choice-web_search-on = on
choice-web_search-off = off
choice-listens-on = on
choice-listens-off = off
choice-language-auto = automatic
choice-language-ru = Русский
choice-language-en = English
choice-voice_answers-off = never
choice-voice_answers-to_voice = to voice notes
choice-voice_answers-always = always
choice-transcripts-both = transcript and answer
choice-transcripts-answer = answer only
choice-transcripts-only = transcript only
group-admins-only = Only admins of this group can change that.

## Forgetting and exporting
forget-ask = Delete everything about this conversation? Here: what was said, files, your settings. At OpenAI: answers, files, document stores, containers. What it has cost stays in the books. This can't be undone.
forget-yes = 🗑 Delete everything
forget-no = Keep it
forget-begun = Deleting…
forget-kept = Nothing was deleted.
forgotten = 🗑 Deleted:
forgotten-nothing = 🗑 Done: nothing of this conversation is left.
forgotten-turns =
    { $count ->
        [one] { $count } question and its answer here
       *[other] { $count } questions and their answers here
    }
forgotten-responses =
    { $count ->
        [one] { $count } answer at OpenAI
       *[other] { $count } answers at OpenAI
    }
forgotten-files =
    { $count ->
        [one] { $count } file at OpenAI
       *[other] { $count } files at OpenAI
    }
forgotten-stores =
    { $count ->
        [one] { $count } document store at OpenAI
       *[other] { $count } document stores at OpenAI
    }
forgotten-containers =
    { $count ->
        [one] { $count } container at OpenAI
       *[other] { $count } containers at OpenAI
    }
forgotten-left =
    { $count ->
        [one] ⏳ { $count } thing could not be deleted at OpenAI yet: I keep trying.
       *[other] ⏳ { $count } things could not be deleted at OpenAI yet: I keep trying.
    }
export-nothing = There is nothing to export yet.
export-done =
    { $count ->
        [one] { $count } question and its answer
       *[other] { $count } questions and their answers
    }
export-title = Conversation
export-thread = Part { $number }

## Statistics
stats-title = 📊 What your answers have cost
stats-today = Today
stats-month = This month
stats-all = All time
stats-none = nothing yet
stats-calls =
    { $calls ->
        [one] { $calls } call
       *[other] { $calls } calls
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
alert-outage =
    { $whose ->
        [theirs] ⚠️ OpenAI can't be reached (a failure on their side).
       *[network] ⚠️ OpenAI can't be reached (no connection).
    }
alert-no_room = 💾 A file could not be brought: there is no room for it on the disk or in the cache ({ $detail }).
alert-unknown-price = ⚠️ Nobody knows what the model { $detail } costs: its answers are booked without a price.
alert-quarantined = ⚠️ An event could not be handled and was put into quarantine: { $detail }. The log has more.
alert-crash = ⚠️ A job failed twice: { $detail }. The log has more.

## The admins' desk
paused = ⏸ I am having a break: an admin has paused me. Ask again later.
paused-alone = ⏸ An admin has paused my answers to you for now. I will answer again when the pause is lifted.
too-fast = 🐢 You are asking faster than I may answer. Wait a minute, then send it again.
desk-paused = ⏸ { $who } has paused the bot: only admins get answers now. /resume lets it go on.
desk-resumed = ▶️ { $who } has let the bot go on.
desk-paused-already = The bot is paused already. /resume lets it go on.
desk-not-paused = The bot is not paused.

## The admins' figures
spent-title-today = Spending today
spent-title-week = Spending, last 7 days
spent-title-month = Spending this month
spent-title-yesterday = Spending yesterday
spent-title-last_week = Spending, the week
spent-today = 📈 Today, { $dates }
spent-week = 📈 Last 7 days, { $dates }
spent-month = 📈 This month, { $dates }
spent-yesterday = 📬 Yesterday, { $dates }
spent-last_week = 📬 The week, { $dates }
spent-nothing = Nothing was spent.
spent-kinds = For: { $list }
spent-models = Models: { $list }
spent-people = People: { $list }
spent-by-day = By day
spent-top-people = People
spent-top-models = Models
spent-calls =
    { $calls ->
        [one] { $calls } call
       *[other] { $calls } calls
    }
spent-of-people =
    { $people ->
        [one] { $people } person
       *[other] { $people } people
    }
kind-response = Answers
kind-picture = Pictures
kind-transcription = Transcripts
kind-speech = Speech
kind-container = Code
kind-storage = Storage
kind-other = Other
button-span-today = Today
button-span-week = 7 days
button-span-month = Month
button-dark = 🌙 Dark
button-light = ☀️ Light

## How the bot is
status-title = 🩺 Status
status-uptime = GPTTG { $version }, up for { $time }
status-size =
    { $lines ->
        [one] Database: { $size }, { $lines } ledger line; { $free } of disk free
       *[other] Database: { $size }, { $lines } ledger lines; { $free } of disk free
    }
status-people =
    { $people ->
        [one] { $people } person has written to me
       *[other] { $people } people have written to me
    }
queue-inbox = Inbox: { $waiting }
queue-postponed = Postponed: { $waiting }
queue-outbox = Outbox: { $waiting }
queue-jobs = Jobs: { $waiting }
queue-timers = Timers: { $waiting }
status-oldest =
    { $seconds ->
        [one] the oldest for { $seconds } second
       *[other] the oldest for { $seconds } seconds
    }
status-jobs = At work: { $list }
job-answer = answers
job-transcribe = transcripts
job-picture = pictures
job-speak = spoken answers
job-inspect = looks into files
job-list = looks into archives
job-export = exports
job-forget = deletions
job-report = reports
job-digest = digests
job-watch = checks
job-storage = storage
status-no-floods = No flood waits
status-floods =
    { $chats ->
        [one] Flood wait in { $chats } chat, { $seconds } s at most
       *[other] Flood waits in { $chats } chats, { $seconds } s at most
    }
status-troubles = In quarantine: { $held } · not delivered: { $failed }

## Models and prices
models-title = 🧠 Models
models-default = By default: { $model }
models-allowed = May be chosen: { $list }
models-ends = ends { $date }
models-unknown = ⚠️ OpenAI does not list: { $list }
models-help = The left button lets people choose a model, or no more; ☆ makes it the default.
models-default-stays = The default can always be chosen. Make another one the default first.
setmodel-usage = Write it as /setmodel gpt-6.1-terra. /models shows which there are.
setmodel-done = ✅ { $model } answers from now on, wherever nobody has chosen another model.
setmodel-ends = ⚠️ It ends on { $date }.
setmodel-unknown = OpenAI has no model { $model }. Nothing has changed.
pricing-title = 💵 Prices
pricing-unknown = nobody knows the price
pricing-ends = ⚠️ { $model } ends on { $date }
pricing-none-ends = None of these ends within 60 days.
pricing-all =
    { $count ->
        [one] { $count } model with a known price
       *[other] { $count } models with known prices
    }
rate-in = { $usd } in
rate-out = { $usd } out
rate-cached = { $usd } cached
rate-tokens = { $list } for 1M tokens
rate-picture-out = { $usd } picture out
rate-sound-out = { $usd } sound out
rate-hour = { $usd } an hour
rate-minute = { $usd } a minute
rate-gib-day = { $usd } a GiB and day, the first GiB free
use-answers = answers
use-transcription = transcripts
use-picture = pictures
use-speech = speech
use-container = code
use-storage = storage of documents

## The ledger as a file
ledger-ask = 📒 The ledger: of which time, and as what?
button-as-csv = { $period } · CSV
button-as-xlsx = { $period } · XLSX
lines-of-today = Today
lines-of-week = 7 days
lines-of-month = This month
lines-of-last_month = Last month
lines-of-all = All
ledger-too-long =
    { $lines ->
        [one] That is { $lines } line, and a file holds { $limit } at most. Choose a shorter time, or CSV.
       *[other] That is { $lines } lines, and a file holds { $limit } at most. Choose a shorter time, or CSV.
    }
ledger-done =
    { $lines ->
        [one] 📒 { $period }: { $lines } line
       *[other] 📒 { $period }: { $lines } lines
    }

## The quarantine
quarantine-empty = ✅ The quarantine is empty.
quarantine-title =
    { $events ->
        [one] ⚠️ { $events } event could not be handled
       *[other] ⚠️ { $events } events could not be handled
    }
quarantine-gone = This event is no longer in quarantine.
quarantine-file =
    { $events ->
        [one] { $events } event, as it came. It holds what people have written.
       *[other] { $events } events, as they came. They hold what people have written.
    }
button-replay = ▶️ { $number }
button-drop = 🗑 { $number }
button-export = 📎 As a file
button-incident = 📼 Export { $number }
button-whole = 📼 With the real words
incident-file =
    📼 Event { $number } and all that led to it in its conversation, for gpttg replay ({ $lines ->
        [one] { $lines } line
       *[other] { $lines } lines
    }). All names, words, numbers and ids are stand-ins of the same shape.
incident-whole =
    📼 Event { $number } and all that led to it in its conversation, for gpttg replay ({ $lines ->
        [one] { $lines } line
       *[other] { $lines } lines
    }). It holds what people have written.
incident-gone = Nothing is recorded of event { $number } any more.

## Messages to everybody
broadcast-usage = Write /broadcast and the message behind it, or reply to a message with /broadcast.
broadcast-too-long = This is too long for one message.
broadcast-nobody = There is nobody to send it to.
broadcast-busy = Another message to everybody is still on its way.
broadcast-ask =
    { $people ->
        [one] ⬆️ This goes to { $people } person.
       *[other] ⬆️ This goes to { $people } people.
    }
button-broadcast = 📣 Send to { $people }
button-cancel = ✖️ Cancel
broadcast-progress = 📣 Sending: { $sent } of { $people }
broadcast-cancelled = ✖️ Cancelled. It went to { $sent } of { $people }.
broadcast-done = ✅ Sent: { $sent }. Not delivered: { $failed }. Still on their way: { $pending }.
access-asked = 🙋 I have asked my admins. I will write when one of them decides.
access-asked-already = You have asked already: the admins have not decided yet.
access-already-in = You may use me already: just write.
access-denied = An admin has decided not to let you in.
access-granted = ✅ You are in! Just write to me. /help shows what I can do.
access-granted-budget = Your budget: { $amount } { $period }.
invite-unknown = I don't know this invite. Ask whoever gave it to you for a new link.
invite-over = This invite is used up or too old. Ask whoever gave it to you for a new link.
more-asked = I have asked my admins for more. I will write when one of them decides.
more-asked-already = You have asked for more already: the admins have not decided yet.
more-not-needed = That limit is gone: nothing has to be raised.
more-granted = ✅ Your budget is { $amount } higher now. Ask again!
more-denied = An admin has decided not to raise your budget now.
budget-near = ⚠️ { $percent } % of your budget is used: { $spent } of { $limit } { $period }.
role-given = An admin has changed what you may do here. You are now: { $role }.
message-from-admin = ✉️ { $who } (admin of this bot):
role-admin = admin
role-member = member
role-guest = guest
role-blocked = blocked
role-stranger = not let in
scope-bot = The whole bot
scope-person = Person { $id }
scope-chat = Group { $id }
scope-role = All together who are: { $id }
scope-invite = Invite { $id }
scope-event = Event { $id }
period-day = a day
period-month = a month
period-once = in all
button-approve = ✅ Let in
button-approve-budget = ✅ { $amount } a month
button-deny = ❌ Deny
button-block = 🚫 Block
button-unblock = Unblock
button-raise = +{ $amount }
button-details = Details
button-mute = 🔕 Mute for a day
button-pause-bot = ⏸ Pause the bot
button-pause-person = ⏸ Pause this person
button-person-goes-on = ▶️ Let them go on
button-person = { $name }
button-make-member = Make member
button-make-guest = Make guest
button-make-admin = Make admin
button-budget = 💵 Budget
button-amount = { $amount }
button-no-limit = No limit
button-all-limits = ← All limits
button-limit = { $scope }, { $period }
button-before = ← Back
button-behind = More →
button-invite-role = Role
button-invite-uses = Uses
button-invite-days = Days
button-invite-budget = Budget
button-invite-make = 🔗 Make the link
desk-access-card =
    🙋 { $name } asks to be let in.
    ID { $id }, { $way }.
desk-access-private = wrote to me in private
desk-access-group = spoke to me in a group
desk-access-approved = ✅ { $who } has let them in.
desk-access-approved-budget = ✅ { $who } has let them in, with { $amount } a month.
desk-access-denied = ❌ { $who } has denied it.
desk-access-blocked = 🚫 { $who } has blocked them.
desk-decided = That is decided already.
desk-decided-by = { $who } has decided already.
desk-invite-title = 🔗 A new invite
desk-invite-role = Whoever uses it becomes: { $role }
desk-invite-uses =
    { $count ->
        [one] It works once
       *[other] It works for { $count } people
    }
desk-invite-days =
    { $count ->
        [one] for one day
       *[other] for { $count } days
    }
desk-invite-no-budget = without a budget of their own
desk-invite-budget = with { $amount } a month for each
desk-invite-link = Pass this link on: { $link }
desk-invite-used =
    { $left ->
        [0] 🔗 { $name } has come with the invite of { $who }. It is used up.
        [one] 🔗 { $name } has come with the invite of { $who }. It works for one more.
       *[other] 🔗 { $name } has come with the invite of { $who }. It works for { $left } more.
    }
desk-more-card =
    💵 { $name } asks for a larger budget.
    ID { $id }. { $scope }, { $period }: { $spent } of { $limit } are used.
desk-more-raised = ✅ { $who } has raised it by { $amount }.
desk-more-denied = ❌ { $who } has denied it.
desk-room = { $scope }, { $period }: { $spent } of { $limit } ({ $percent } %)
desk-limits-title = 💵 Budgets
desk-limits-none = There are no limits.
desk-limit-none = { $scope }, { $period }: no limit
desk-limit-how = To set one in words: /limits person 42 month 5 · /limits bot day 10 · /limits role guest month 20 · /limits chat -1001234 day off
desk-limit-no-role = There is no role “{ $role }”. Limits are for: { $roles }
desk-limit-set = Set. { $scope }, { $period }: { $amount }
desk-limit-lifted = Lifted. { $scope }, { $period }: no limit
desk-limit-raised = ✅ { $who } has raised it by { $amount } to { $limit }.
desk-users-title =
    { $count ->
        [one] 👥 { $count } person
       *[other] 👥 { $count } people
    }
desk-users-none = Nobody.
desk-users-line = { $name } · { $role } · { $month } this month
desk-users-how = To search: /users and a part of the name, or an ID.
desk-nobody = I know nobody of that kind.
desk-fixed = That admin is in the settings, or you yourself: nobody changes that here.
desk-person-name = 👤 { $name }, ID { $id }
desk-person-role = Role: { $role }
desk-person-spent = Spent: { $day } today, { $month } this month, { $ever } in all
desk-person-calls =
    { $count ->
        [one] { $count } paid call
       *[other] { $count } paid calls
    }
desk-person-unpriced =
    { $count ->
        [one] ⚠️ { $count } call has no known price.
       *[other] ⚠️ { $count } calls have no known price.
    }
desk-person-paused = ⏸ { $name } is paused: no answers.
desk-person-goes-on = ▶️ { $name } gets answers again.
desk-person-how = Reply to this message to write to them.
desk-reply-how = To write to somebody, reply to the message about them: /users opens it.
desk-message-sent = ✉️ On its way to { $name }.
desk-alert-when =
    { $count ->
        [one] { $at }. Once within a day.
       *[other] { $at }. { $count } times within a day.
    }
desk-muted = 🔕 { $who } has muted this until { $at }.
desk-audit-title = 📜 What admins have done
desk-audit-none = Nothing yet.
audit-pause = has paused the bot
audit-resume = has let the bot go on
audit-approve = has let in { $of }
audit-deny = has denied { $of }
audit-block = has blocked { $of }
audit-invite = has made an invite
audit-limit = has set a limit: { $of }
audit-raise = has raised a limit: { $of }
audit-refuse = has not raised a limit: { $of }
audit-role = has changed the role of { $of }
audit-hold = has paused { $of }
audit-unhold = has let { $of } go on
audit-message = has written to { $of }
audit-mute = has muted an alert
audit-models = has changed which models may be chosen
audit-setmodel = has changed the default model
audit-replay = has had an event tried again: { $of }
audit-drop = has dropped an event: { $of }
audit-incident = has taken the recording of an event: { $of }
audit-broadcast = has sent a message to everybody
audit-broadcast-cancelled = has cancelled a message to everybody
audit-lines = has taken the ledger as a file
audit-events = has taken the quarantine as a file
about-quota = OpenAI takes no request of this account until it has money. Questions get a sentence meanwhile; nothing is charged.
about-credentials = The key was revoked, or belongs to another project. Nobody gets answers until OPENAI_API_KEY is right.
about-request = The bot has asked for something that OpenAI does not allow, perhaps a model that this account may not use.
about-outage = The bot tried several times. It goes on by itself when OpenAI can be reached again.
about-no_room = Whoever asked was told. Files that nobody uses were removed already; MEDIA_CACHE_MB says how much they may take up.
about-unknown-price = Its calls are in the ledger with their tokens and without a price. A limit cannot count them. Set OPENAI_PRICE_PER_1K_TOKENS, or choose another model.
about-quarantined = The event changed nothing, and whoever it came from was told. /quarantine shows it.
about-crash = Whoever asked was told. What it had cost is in the ledger.
about-budget = When all of it is used, nobody whom it concerns gets paid answers until the period ends or the limit is raised.
alert-budget = 💵 { $scope }, { $period }: { $percent } % is used, { $spent } of { $limit }.
budget-near-cheaper = From now on { $model } answers you.
desk-cheaper-how = Who has used 80 % of a budget is answered by: { $model }. To change it: /limits cheaper MODEL, or off. Models: { $models }
desk-cheaper-none = At present nobody is moved to another model. To move whoever has used 80 % of a budget: /limits cheaper MODEL. Models: { $models }
desk-cheaper-unknown = Of these models only: { $models }. /models adds others.
desk-cheaper-set = Set: { $model } answers whoever has used 80 % of a budget.
desk-cheaper-off = Set: nobody is moved to another model.
audit-cheaper = has chosen the cheaper model
detail-uses =
    { $count ->
        [one] for one person
       *[other] for { $count } people
    }
detail-people =
    { $count ->
        [one] { $count } person
       *[other] { $count } people
    }
detail-sent = sent: { $count }
detail-whole = with the real words
detail-no-amount = no limit
detail-no-model = it stays the same
detail-kind-quota = OpenAI's quota
detail-kind-credentials = OpenAI's key
detail-kind-request = OpenAI's refusal
detail-kind-outage = OpenAI's outage
detail-kind-outage-over = the end of OpenAI's outage
detail-kind-no_room = no room for a file
detail-kind-unknown-price = an unknown price
detail-kind-quarantined = the quarantine
detail-kind-crash = a failed job
detail-kind-budget = a used budget
detail-kind-speed = fast spending
detail-kind-jump = one person's spending
detail-kind-usd-day = the day's spending
detail-kind-usd-month = the month's spending
detail-kind-disk = the disk
detail-kind-database = the database's size
detail-kind-totals = the totals
detail-kind-ending = the end of a model
detail-kind-flood = a flood wait
detail-days =
    { $count ->
        [one] one day
       *[other] { $count } days
    }
detail-characters =
    { $count ->
        [one] { $count } character
       *[other] { $count } characters
    }
alert-speed = ⚡ Money is being spent fast: { $spent } in the last hour, { $usual } in a usual one.
about-speed = The usual is that of the hours in the last 14 days in which anything was spent. Told once a day, from $5 an hour on. /stat shows who and what.
alert-jump = 📈 { $name } has spent { $spent } today, { $usual } on a usual day.
about-jump = The usual is that of their days in the last 14 on which they have spent anything. Told once a day, from $2 on.
alert-usd-day = 💵 Today has cost { $spent } so far: more than { $limit } (ALERT_USD_DAY).
about-usd-day = Nothing is stopped by this: /limits does that.
alert-usd-month = 💵 This month has cost { $spent } so far: more than { $limit } (ALERT_USD_MONTH).
about-usd-month = Nothing is stopped by this: /limits does that.
alert-disk = 💾 The disk is nearly full: { $free } GB are left where { $where } lies.
about-disk = Without room the bot can't take files, and in the end no messages. A smaller MEDIA_CACHE_MB makes room. Told once a day.
alert-database = 💾 The database has grown to { $size } GB.
about-database = Told again when it has doubled. Nothing is wrong with it; backups take longer.
alert-totals = 🧮 Running totals did not agree with the ledger: { $count }. They are counted again.
about-totals = The ledger is right and complete; limits were weighed against a wrong total until now. Checked once a day.
alert-ending = 📅 The model { $model } ends on { $date }.
about-ending = From then on OpenAI refuses it. Choose another one: /models for those that answer, .env for pictures and sound.
alert-outage-over = ✅ OpenAI can be reached again, after about { $minutes } min.
about-outage-over = The bot has asked for the list of models every five minutes, which costs nothing.
alert-flood = 🐢 Telegram has made the bot wait: { $seconds } s (flood wait).
about-flood = The bot has sent too much at once. Nothing is lost: it waits, and sends then. /status shows which waits there are now.
