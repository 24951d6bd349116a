## Команды: что написано рядом с ними в меню Telegram
command-start = Поздороваться
command-help = Что я умею
command-stop = Остановить ответ
command-reset = Начать новый разговор
command-retry = Задать последний вопрос ещё раз
command-img = Нарисовать картинку
command-settings = Настройки
command-export = Этот разговор файлом
command-forget = Удалить всё об этом разговоре
command-stats = Сколько я стоил
command-stat = Расходы всех
command-users = Кто мной пользуется
command-models = Модели
command-setmodel = Выбрать модель
command-pricing = Известные цены
command-limits = Бюджеты
command-status = Как я работаю
command-invite = Создать приглашение
command-broadcast = Сообщение всем
command-quarantine = Что не удалось обработать
command-ledger = Книга расходов файлом
command-audit = Что делали администраторы
command-pause = Остановить бота
command-resume = Продолжить работу

## Слова на клавиатуре под полем ввода (каждое понимается как своя команда)
word-reset = 🆕 Новый разговор
word-img = 🎨 Картинка
word-settings = ⚙️ Настройки
word-stats = 📊 Статистика
word-help = ❓ Помощь
word-stop = ⏹ Стоп
word-stat = 📈 Все цифры
word-users = 👥 Люди
word-status = 🩺 Состояние

## Приветствие и помощь
hello =
    Здравствуйте, { $name }! Я отвечаю с помощью OpenAI. Просто напишите мне.

    Что вы пришлёте, пока я пишу, дождётся своей очереди. «Стоп» останавливает ответ, «{ $reset }» начинает сначала.
hello-group =
    Здравствуйте, { $name }! Я отвечаю с помощью OpenAI. Упомяните меня или ответьте на моё сообщение.

    Что вы пришлёте, пока я пишу, дождётся своей очереди. «Стоп» останавливает ответ, /reset начинает сначала.
hello-admin = Вы администратор этого бота: я напишу вам сюда, когда понадобится ваше участие.
help =
    Пишите мне как человеку: я помню наш разговор, пока вы не начнёте новый. Присылайте фото, голосовые, видео, документы, таблицы, архивы: картинки и GIF я рассматриваю, голосовые и видео слушаю (видео без звука рассматриваю), остальное читаю, а если надо, и считаю.

    Ответьте на любой мой ответ, и мы продолжим с него. Исправьте свой вопрос, и я отвечу заново. Ответьте на картинку, и я её изменю.

    /img – нарисовать картинку
    /stop – остановить то, что я делаю
    /retry – задать последний вопрос ещё раз
    /reset – начать новый разговор
    /settings – модель, язык, голос, поиск в сети и другое
    /stats – сколько стоили ваши ответы
    /export – этот разговор файлом
    /forget – удалить всё об этом разговоре
    /help – этот текст

    В группах я отвечаю, когда меня упоминают, отвечают на моё сообщение или дают команду.
help-admin = Для администраторов: /users – люди, /limits – бюджеты, /invite – приглашение, /models и /setmodel – модели, /pricing – цены, /stat – расходы, /ledger – журнал, /status – состояние, /audit – действия, /quarantine – необработанное, /broadcast – сообщение всем, /pause и /resume – остановить бота и продолжить.

## Разговор
waiting-placeholder = …
button-stop = ⏹ Стоп
reset-done = Новый разговор. Прежний здесь забыт.
reset-done-busy = Новый разговор. Прежний здесь забыт, и то, что ещё ждало ответа, отброшено.
stop-nothing = Сейчас ничего не выполняется.
stop-pressed = Останавливаю…
stop-too-late = Этот ответ уже закончен.
answer-stopped =
    { $cost ->
        [unknown] ⏹ Остановлено.
       *[known] ⏹ Остановлено · { $amount }
    }
answer-empty = Модель ничего не ответила. Нажмите «Ещё раз», чтобы спросить о том же снова.
answer-all-thought = Модель потратила весь лимит ответа на размышления и ничего не написала. Нажмите «Ещё раз» или разбейте вопрос на части.
answer-cut-max_output_tokens = ✂️ Ответ достиг предела длины. Есть продолжение: нажмите «Дальше».
answer-as-file = Ответ слишком длинный для сообщений: вот он файлом.
button-retry = 🔁 Ещё раз
button-continue = ▶️ Дальше
button-busy = Я занят другим. Нажмите ещё раз, когда закончу.
button-not-yours = Эта кнопка для того, кто спрашивал.
retry-nothing = Здесь пока нечего спрашивать ещё раз.
ask-continue = Продолжай точно с того места, где остановился.
gathered-dropped = Отброшено.
words-dropped = Хорошо, не надо.
mention-bare = Я слушаю. Напишите вопрос после упоминания или ответом на это сообщение.
sources-title =
    { $count ->
        [one] { $count } источник
        [few] { $count } источника
       *[many] { $count } источников
    }
answer-cut-content_filter = ✂️ Здесь ответ прервал фильтр содержания OpenAI.
answer-cut-other = ✂️ Здесь ответ обрывается; OpenAI не назвал причину.
answer-without-tools = 🪫 На инструменты бюджета не хватило: я не искал ни в интернете, ни в документах и ничего не вычислял.
thread-healed = ↻ OpenAI забыл наш разговор; я напомнил ему последние сообщения.

## Чего нельзя
stranger = Мне можно говорить только с теми, кого впустили администраторы.
stranger-nobody = Если пишут от имени канала или группы, не видно, кто это. Напишите мне, пожалуйста, от себя.
button-access = 🙋 Попросить доступ
unknown-command = Я не знаю такой команды. /help покажет, что я умею.
button-gone = Эта кнопка больше ничего не делает.
unsupported = С сообщением такого вида я ничего сделать не могу. Пришлите, пожалуйста, текст, картинку, звук или файл.
message-too-long = Текст слишком длинный для одного вопроса ({ $length } знаков при пределе { $limit }). Сократите его или разделите.

failed-quota = OpenAI отказывает: на счёте кончились деньги. Администратор уже знает; попробуйте позже.
failed-credentials = OpenAI не принимает ключ этого бота. Администратор уже знает.
failed-rate =
    { $seconds ->
        [0] У OpenAI сейчас слишком много запросов. Попробуйте через минуту.
        [one] У OpenAI сейчас слишком много запросов. Попробуйте через { $seconds } секунду.
        [few] У OpenAI сейчас слишком много запросов. Попробуйте через { $seconds } секунды.
       *[many] У OpenAI сейчас слишком много запросов. Попробуйте через { $seconds } секунд.
    }
failed-budget =
    { $scope ->
        [person] Ваш бюджет { $period ->
            [day] на сегодня
            [month] на этот месяц
           *[once] здесь
        } израсходован, или остатка на это не хватит.
        [chat] Бюджет этой группы { $period ->
            [day] на сегодня
            [month] на этот месяц
           *[once] здесь
        } израсходован, или остатка на это не хватит.
        [role] То, что мне можно тратить на { $role ->
            [admin] администраторов
            [member] участников
           *[guest] гостей
        } { $period ->
            [day] сегодня
            [month] в этом месяце
           *[once] всего
        }, израсходовано.
       *[bot] То, что мне можно тратить { $period ->
            [day] сегодня
            [month] в этом месяце
           *[once] всего
        }, израсходовано.
    } Попросите ещё или подождите.
button-more = 🙋 Попросить ещё
failed-outage = OpenAI сейчас недоступен. Спросите ещё раз через несколько минут.
failed-telegram = Telegram сейчас не отдаёт мне файл. Спросите ещё раз через несколько минут.
failed-no_room = Для этого файла у меня сейчас нет места. Администратор уже знает; попробуйте, пожалуйста, позже.
failed-cut = Связь с OpenAI оборвалась посреди ответа. Спросите ещё раз, чтобы получить его целиком.
failed-too_long = Наш разговор больше не помещается в память модели. Начните новый командой /reset и спросите снова.
failed-refused = OpenAI отказывается на это отвечать. Попробуйте сказать иначе.
failed-request = OpenAI не принимает этот запрос. Администратор уже знает.
failed-late = Ответ не пришёл вовремя. Спросите, пожалуйста, ещё раз.
failed-crash = Что-то сломалось на моей стороне. Администратор уже знает; спросите, пожалуйста, ещё раз.
quarantined = Я не смог обработать ваше последнее сообщение: что-то сломалось на моей стороне. Администратор уже знает.

## Файлы
failed-file_corrupt = Не получается прочитать { $name }: файл повреждён или это не то, что обещает название. Пришлите его ещё раз, возможно, в другом формате.
failed-file_encrypted = { $name } под паролем. Пришлите его без пароля.
failed-file_empty = { $name }: внутри ничего нет. Пришлите ещё раз.
failed-file_no_sound = { $name }: звука в нём нет.
failed-file_too_large = { $name }: слишком большой для OpenAI. Пришлите его по частям.
failed-file_too_many = { $name }: внутри слишком много. Я открываю архивы, в которых не больше 10 000 файлов и 4 ГБ. Пришлите архив поменьше.
failed-file_packed = { $name }: целиком это больше, чем берёт OpenAI. Нажмите под ним «Что внутри?» и выберите файл.
failed-file_unsupported = { $name }: такие архивы я открывать не умею. Пришлите его как zip.
failed-file_bomb = { $name }: при распаковке он станет чудовищно большим, поэтому я его не открываю.
failed-file_gone = Telegram больше не отдаёт { $name }: возможно, сообщение удалено. Пришлите ещё раз.
file-corrupt = ⚠️ Не удалось прочитать { $name }: файл повреждён или это не то, что обещает название.
file-encrypted = ⚠️ Не удалось прочитать { $name }: он под паролем.
file-empty = ⚠️ { $name }: внутри ничего нет.
file-no_sound = ⚠️ { $name }: звука в нём нет.
file-too_large = ⚠️ { $name }: слишком большой для OpenAI: там принимают не больше 512 МБ.
file-too_many = ⚠️ { $name }: внутри слишком много. Я открываю архивы, в которых не больше 10 000 файлов и 4 ГБ.
file-packed = ⚠️ { $name }: целиком это больше, чем берёт OpenAI. Откройте его и выберите файл.
file-unsupported = ⚠️ { $name }: такие архивы я открывать не умею.
file-bomb = ⚠️ { $name }: при распаковке он стал бы чудовищно большим, я его не открыл.
file-gone = ⚠️ Telegram больше не отдаёт { $name }: возможно, сообщение удалено.
file-made_too_large = ⚠️ { $name }: файл сделан, но он слишком большой: за один ответ я приношу не больше 512 МБ.
file-unpaid = 🗑 Документы, по которым здесь шёл поиск, удалены в OpenAI: бюджета на их хранение не хватило. Если они ещё нужны, пришлите их снова.
file-lost = ⚠️ { $name }: файл сделан, но получить его не удалось.
file-program = { $name } – это программа: я их не запускаю и не читаю. Пришлите документ, картинку или таблицу, о которых речь.
file-nameless = файл
file-beyond = { $name }: { $size }, а OpenAI принимает такие файлы только до { $limit }. Пришлите его по частям или как текст либо CSV: их я разделю сам.
file-too-big = В файле { $size } МБ, а я принимаю не больше { $limit } МБ. Пришлите файл поменьше или его часть.
sort-picture = 🖼 Картинка
sort-sound = 🎵 Звук
sort-video = 🎬 Видео
sort-pdf = 📄 PDF
sort-document = 📄 Документ
sort-text = 📄 Текст
sort-table = 📊 Таблица
sort-archive = 🗜 Архив
sort-program = ⚙️ Программа
sort-file = 📎 Файл
size-giga = { $amount } ГБ
size-mega = { $amount } МБ
size-kilo = { $amount } КБ
size-bytes =
    { $amount ->
        [one] { $amount } байт
        [few] { $amount } байта
       *[many] { $amount } байт
    }
offer-question = Что с этим сделать? Нажмите кнопку, напишите или скажите.
offer-open = Целиком это больше, чем берёт OpenAI: загляните внутрь, выберите файл и спросите о нём.
offer-more =
    { $count ->
        [one] … и ещё { $count }
        [few] … и ещё { $count }
       *[many] … и ещё { $count }
    }
offer-rests = 💤 Лежит здесь: нажмите кнопку или ответьте на это сообщение.
offer-dropped = Отброшено.
file-deleted = 🗑 Сообщение с файлом { $name } удалено, поэтому ответа о нём не будет. Если он ещё нужен, пришлите файл снова.
offer-gone = 🗑 Сообщение удалено или изменено: использовать это я не буду.
found-pages =
    { $count ->
        [one] { $count } страница
        [few] { $count } страницы
       *[many] { $count } страниц
    }
found-rows =
    { $count ->
        [one] { $count } строка
        [few] { $count } строки
       *[many] { $count } строк
    }
found-corrupt = ⚠️ Похоже, он повреждён.
found-encrypted = ⚠️ Он под паролем.
found-empty = ⚠️ Внутри ничего нет.
found-gone = ⚠️ Сообщение с ним удалено.
found-too_large = ⚠️ Слишком большой, чтобы заглянуть внутрь.
found-unsupported = ⚠️ Архив, в котором он лежит, я открыть не могу.
found-bomb = ⚠️ При распаковке он стал бы чудовищно большим.
found-too_many = ⚠️ В архиве, где он лежит, слишком много всего.
do-describe = Описать
do-read = Прочитать текст
do-translate = Перевести
do-edit = Изменить
do-transcribe = Расшифровать
do-summary = Кратко
do-points = Главное
do-explain = Объяснить
do-anomalies = Найти странности
do-chart = Нарисовать график
do-list = Что внутри?
do-as_file = Файлом
ask-describe = Опиши это.
ask-read = Прочитай текст и запиши его дословно, ничего не добавляя.
ask-translate = Переведи это на русский; если оно на русском, то на английский.
ask-summary = Перескажи это кратко.
ask-points = Перечисли главное.
ask-explain = Объясни это.
ask-anomalies = Найди в этих данных странности и ошибки и скажи, как ты их нашёл.
ask-chart = Нарисуй график, который показывает самое важное в этих данных, и скажи одним предложением, что на нём видно.
ask-list = Скажи, что внутри и для чего это нужно.

## Большие файлы в пути
arriving =
    📥 { $bar } { $percent } %
    { $done } из { $total } · { $speed }/с
    { $then }
heavy-waits = ⏳ В очереди: сначала – другие большие файлы.
arriving-waits =
    ⏳ В очереди: { $place }-й
    Сначала придут другие большие файлы.
archive-looking = 🗜 Смотрю, что внутри…
archive-listed =
    🗜 { $name } · { $count ->
        [one] { $count } файл
        [few] { $count } файла
       *[other] { $count } файлов
    } · { $size } в распакованном виде

    { $files }
archive-left-out =
    { $count ->
        [one] Не показана { $count } запись: ссылка или имя, которое ведёт за пределы архива.
        [few] Не показаны { $count } записи: ссылки или имена, которые ведут за пределы архива.
       *[other] Не показано записей: { $count }. Это ссылки или имена, которые ведут за пределы архива.
    }
archive-locked = Что с 🔒, то под паролем: открыть не могу.
archive-too-large = Что с 🐘, то слишком большое или станет несуразно большим: распаковывать не буду.
archive-choose = Какой файл открыть?
archive-all = Все ({ $count })
archive-all-here = Все на этой странице ({ $count })
archive-page =
    { $shown ->
        [one] Показан файл { $first } из { $count }, остальные — на других страницах.
       *[other] Показаны файлы { $first }–{ $last } из { $count }, остальные — на других страницах.
    }
arriving-then-list = Потом посмотрю, что внутри.
arriving-soon = 📥 Загружаю файл…
arriving-then-answer = Потом прочитаю и отвечу.
arriving-then-listen = Потом послушаю.
arriving-then-draw = Потом нарисую.

## Звук
transcribing = 🎧 Слушаю…
transcribing-pieces = 🎧 Слушаю… расшифровано частей: { $done } из { $total }.
transcribing-outline = 🎧 Всё расшифровано. Пишу краткое содержание…
transcript-partial = ⚠️ Не удалось расслышать частей: { $missing } из { $total }; их время указано в тексте.
transcript-again = Пришлите тот же файл ещё раз, и я послушаю только недостающее.
consent-question = 🎧 Длительность { $duration }, расшифровка будет стоить примерно { $amount }. Расшифровать?
consent-go = Да
consent-begin = Первые 10 минут
consent-cancel = Отмена
consent-declined = Хорошо: я это не слушал, и это ничего не стоило.
consent-gone = 🗑 Сообщение удалено или изменено: я это не слушал, и это ничего не стоило.
transcript-silent = Слов здесь не слышно.
film-looked-at = 🎬 { $name }: звука в нём нет, поэтому рассматриваю кадры.
transcript-goes-on = … целиком – в файле.
errand-speak = Не получилось озвучить этот ответ; он написан выше.
errand-export = Не получилось записать файл. Попробуйте ещё раз.
errand-forget = Не всё удалось удалить: у меня что-то сломалось. Администратор уже знает; попробуйте ещё раз.

## Картинки
picture-what =
    { $where ->
        [group] Что нарисовать? Ответьте на это сообщение описанием.
       *[private] Что нарисовать? Опишите в следующем сообщении.
    }
picture-change-what =
    { $where ->
        [group] Что изменить? Ответьте на это сообщение описанием.
       *[private] Что изменить? Опишите в следующем сообщении.
    }
picture-format = В каком формате?
format-square = ◻️ Квадрат
format-landscape = ▭ Горизонтально
format-portrait = ▯ Вертикально
picture-drawing = 🎨 Рисую…
picture-caption = 🎨 { $prompt }
picture-once = Эта картинка уже нарисована, или выбор устарел. /img нарисует новую.
button-original = 📎 Файлом, в полном качестве

## Настройки
settings-title = ⚙️ Настройки
setting-model = Модель: { $value }
setting-web_search = Поиск в сети: { $value }
setting-system_prompt = Указания: { $value }
setting-listens = Разговоры группы как контекст: { $value }
setting-language = Язык: { $value }
setting-voice_answers = Ответы голосом: { $value }
setting-transcripts = Голосовые: { $value }
setting-zone = Часовой пояс: { $value }
setting-model-button = Модель
setting-web_search-button = Поиск в сети
setting-system_prompt-button = Указания
setting-listens-button = Контекст
setting-language-button = Язык
setting-voice_answers-button = Ответы голосом
setting-transcripts-button = Голосовые
setting-zone-button = Часовой пояс
setting-model-help = Какая модель будет здесь отвечать?
setting-web_search-help = Можно ли искать ответы в сети?
setting-system_prompt-help = Ваши указания пойдут с каждым вопросом вместо обычных.
setting-listens-help = Читать ли мне, что здесь говорят друг другу, как контекст для следующего вопроса? Последние строки я храню только до него.
setting-language-help = На каком языке с вами говорить?
setting-voice_answers-help = Озвучивать ли ответы?
setting-transcripts-help = Что делать с вашими голосовыми?
setting-zone-help = Где вы? Я сообщаю модели ваше местное время.
setting-now = Сейчас:
setting-prompt-what =
    { $where ->
        [group] Ответьте на это сообщение своими указаниями.
       *[private] Напишите указания следующим сообщением.
    }
setting-prompt-too-long = Указания слишком длинные ({ $length } знаков при пределе { $limit }). { $where ->
        [group] Сократите их и пришлите ответом на это сообщение.
       *[private] Сократите их и пришлите ещё раз.
    }
setting-zone-what = Напишите город, например Казань, или часовой пояс: Europe/Moscow.
setting-zone-unknown = Я не знаю такого города или часового пояса. Напишите ближайший большой город или пояс, например Europe/Moscow.
setting-zone-default = как у бота: { $zone }
setting-default = обычные
setting-default-button = Обычный вариант
setting-write = ✍️ Написать
setting-back = ‹ Назад
setting-saved = Сохранено.
choice-web_search-on = да
choice-web_search-off = нет
choice-listens-on = да
choice-listens-off = нет
choice-language-auto = автоматически
choice-language-ru = Русский
choice-language-en = English
choice-voice_answers-off = никогда
choice-voice_answers-to_voice = на голосовые
choice-voice_answers-always = всегда
choice-transcripts-both = расшифровать и ответить
choice-transcripts-answer = только ответить
choice-transcripts-only = только расшифровать
group-admins-only = Это могут менять только администраторы группы.

## Удаление и выгрузка
forget-ask = Удалить всё об этом разговоре? Здесь: сказанное, файлы, ваши настройки. У OpenAI: ответы, файлы, хранилища документов, контейнеры. Сколько это стоило, в учёте останется. Вернуть будет нельзя.
forget-yes = 🗑 Удалить всё
forget-no = Оставить
forget-begun = Удаляю…
forget-kept = Ничего не удалено.
forgotten = 🗑 Удалено:
forgotten-nothing = 🗑 Готово: от этого разговора ничего не осталось.
forgotten-turns =
    { $count ->
        [one] { $count } вопрос с ответом здесь
        [few] { $count } вопроса с ответами здесь
       *[many] { $count } вопросов с ответами здесь
    }
forgotten-responses =
    { $count ->
        [one] { $count } ответ у OpenAI
        [few] { $count } ответа у OpenAI
       *[many] { $count } ответов у OpenAI
    }
forgotten-files =
    { $count ->
        [one] { $count } файл у OpenAI
        [few] { $count } файла у OpenAI
       *[many] { $count } файлов у OpenAI
    }
forgotten-stores =
    { $count ->
        [one] { $count } хранилище документов у OpenAI
        [few] { $count } хранилища документов у OpenAI
       *[many] { $count } хранилищ документов у OpenAI
    }
forgotten-containers =
    { $count ->
        [one] { $count } контейнер у OpenAI
        [few] { $count } контейнера у OpenAI
       *[many] { $count } контейнеров у OpenAI
    }
forgotten-left = ⏳ У OpenAI пока не удалено: { $count }. Пробую дальше.
export-nothing = Выгружать пока нечего.
export-done =
    { $count ->
        [one] { $count } вопрос с ответом
        [few] { $count } вопроса с ответами
       *[many] { $count } вопросов с ответами
    }
export-title = Разговор
export-thread = Часть { $number }

## Статистика
stats-title = 📊 Сколько стоили ваши ответы
stats-today = Сегодня
stats-month = В этом месяце
stats-all = За всё время
stats-none = пока ничего
stats-calls =
    { $calls ->
        [one] { $calls } обращение
        [few] { $calls } обращения
       *[many] { $calls } обращений
    }
stats-tokens =
    { $tokens ->
        [one] { $tokens } токен
        [few] { $tokens } токена
       *[many] { $tokens } токенов
    }
stats-unpriced =
    { $calls ->
        [one] ⚠️ Цена { $calls } ответа неизвестна и не включена.
       *[many] ⚠️ Цена { $calls } ответов неизвестна и не включена.
    }
stats-sum = Вместе: { $amount }

## Сообщения администраторам
alert-quota = 🚨 OpenAI: квота исчерпана. Никто не получит ответов, пока на счёте нет денег: platform.openai.com/settings/organization/billing
alert-credentials = 🚨 OpenAI не принимает ключ API. Проверьте OPENAI_API_KEY в .env и перезапустите бота.
alert-request = ⚠️ OpenAI не принимает запрос: { $detail }. Подробности в журнале.
alert-outage =
    { $whose ->
        [theirs] ⚠️ OpenAI недоступен (сбой на их стороне).
       *[network] ⚠️ OpenAI недоступен (нет связи).
    }
alert-no_room = 💾 Файл не удалось получить: на диске или в кэше нет для него места ({ $detail }).
alert-unknown-price = ⚠️ Никто не знает, сколько стоит модель { $detail }: её ответы записаны без цены.
alert-quarantined = ⚠️ Событие не удалось обработать, оно в карантине: { $detail }. Подробности в журнале.
alert-crash = ⚠️ Задача дважды завершилась ошибкой: { $detail }. Подробности в журнале.

## Стол администраторов
paused = ⏸ У меня перерыв: администратор поставил меня на паузу. Спросите позже.
paused-alone = ⏸ Администратор приостановил ответы для вас. Я снова отвечу, когда паузу снимут.
too-fast = 🐢 Сообщений слишком много за минуту. Подождите минуту и отправьте ещё раз.
desk-paused = ⏸ { $who }: бот на паузе, отвечает только администраторам. Продолжить: /resume
desk-resumed = ▶️ { $who }: бот снова отвечает всем.
desk-paused-already = Бот уже на паузе. Продолжить: /resume
desk-not-paused = Бот не на паузе.

## Цифры для администраторов
spent-title-today = Расходы сегодня
spent-title-week = Расходы за 7 дней
spent-title-month = Расходы за месяц
spent-title-yesterday = Расходы вчера
spent-title-last_week = Расходы за неделю
spent-today = 📈 Сегодня, { $dates }
spent-week = 📈 За 7 дней, { $dates }
spent-month = 📈 За месяц, { $dates }
spent-yesterday = 📬 Вчера, { $dates }
spent-last_week = 📬 За неделю, { $dates }
spent-nothing = Расходов не было.
spent-kinds = На что: { $list }
spent-models = Модели: { $list }
spent-people = Люди: { $list }
spent-by-day = По дням
spent-top-people = Люди
spent-top-models = Модели
spent-calls =
    { $calls ->
        [one] { $calls } запрос
        [few] { $calls } запроса
       *[many] { $calls } запросов
    }
spent-of-people =
    { $people ->
        [one] { $people } человек
        [few] { $people } человека
       *[many] { $people } человек
    }
kind-response = Ответы
kind-picture = Картинки
kind-transcription = Расшифровки
kind-speech = Озвучка
kind-container = Код
kind-storage = Хранение
kind-other = Прочее
button-span-today = Сегодня
button-span-week = 7 дней
button-span-month = Месяц
button-dark = 🌙 Тёмная
button-light = ☀️ Светлая

## Как дела у бота
status-title = 🩺 Состояние
status-uptime = GPTTG { $version }, работает { $time }
status-size =
    { $lines ->
        [one] База данных: { $size }, { $lines } строка в журнале; на диске свободно { $free }
        [few] База данных: { $size }, { $lines } строки в журнале; на диске свободно { $free }
       *[many] База данных: { $size }, { $lines } строк в журнале; на диске свободно { $free }
    }
status-people =
    { $people ->
        [one] Мне писал { $people } человек
        [few] Мне писали { $people } человека
       *[many] Мне писали { $people } человек
    }
queue-inbox = Входящие: { $waiting }
queue-postponed = Отложено: { $waiting }
queue-outbox = Исходящие: { $waiting }
queue-jobs = Задания: { $waiting }
queue-timers = Таймеры: { $waiting }
status-oldest =
    { $seconds ->
        [one] самому старому { $seconds } секунда
        [few] самому старому { $seconds } секунды
       *[many] самому старому { $seconds } секунд
    }
status-jobs = В работе: { $list }
job-answer = ответы
job-transcribe = расшифровка
job-picture = картинки
job-speak = озвучка
job-inspect = просмотр файлов
job-list = просмотр архивов
job-export = выгрузка разговоров
job-forget = удаление
job-report = отчёты
job-digest = сводки
job-watch = проверки
job-storage = учёт хранения
status-no-floods = Ограничений Telegram нет
status-floods =
    { $chats ->
        [one] Telegram просит подождать в { $chats } чате, самое большее { $seconds } с
        [few] Telegram просит подождать в { $chats } чатах, самое большее { $seconds } с
       *[many] Telegram просит подождать в { $chats } чатах, самое большее { $seconds } с
    }
status-troubles = В карантине: { $held } · не доставлено: { $failed }

## Модели и цены
models-title = 🧠 Модели
models-default = По умолчанию: { $model }
models-allowed = Можно выбрать: { $list }
models-ends = до { $date }
models-unknown = ⚠️ В списке OpenAI нет: { $list }
models-help = Левая кнопка разрешает или запрещает выбирать модель, ☆ делает её моделью по умолчанию.
models-default-stays = Модель по умолчанию можно выбрать всегда. Сначала назначьте другую.
setmodel-usage = Напишите так: /setmodel gpt-6.1-terra. Список моделей: /models.
setmodel-done = ✅ Теперь отвечает { $model }, если никто не выбрал другую модель.
setmodel-ends = ⚠️ Она работает до { $date }.
setmodel-unknown = У OpenAI нет модели { $model }. Ничего не изменилось.
pricing-title = 💵 Цены
pricing-unknown = цену никто не знает
pricing-ends = ⚠️ { $model } работает до { $date }
pricing-none-ends = В ближайшие 60 дней ни одна из них не отключается.
pricing-all =
    { $count ->
        [one] Известны цены { $count } модели
        [few] Известны цены { $count } моделей
       *[many] Известны цены { $count } моделей
    }
rate-in = вход { $usd }
rate-out = выход { $usd }
rate-cached = кэш { $usd }
rate-tokens = { $list } за 1 млн токенов
rate-picture-out = картинка на выходе { $usd }
rate-sound-out = звук на выходе { $usd }
rate-hour = { $usd } за час
rate-minute = { $usd } за минуту
rate-gib-day = { $usd } за ГиБ в день, первый ГиБ бесплатно
use-answers = ответы
use-transcription = расшифровки
use-picture = картинки
use-speech = озвучка
use-container = код
use-storage = хранение документов

## Журнал расходов файлом
ledger-ask = 📒 Журнал расходов: за какое время и в каком виде?
button-as-csv = { $period } · CSV
button-as-xlsx = { $period } · XLSX
lines-of-today = Сегодня
lines-of-week = 7 дней
lines-of-month = Этот месяц
lines-of-last_month = Прошлый месяц
lines-of-all = Всё
ledger-too-long =
    { $lines ->
        [one] Это { $lines } строка, а в файл помещается не больше { $limit }. Выберите меньший срок или CSV.
        [few] Это { $lines } строки, а в файл помещается не больше { $limit }. Выберите меньший срок или CSV.
       *[many] Это { $lines } строк, а в файл помещается не больше { $limit }. Выберите меньший срок или CSV.
    }
ledger-done =
    { $lines ->
        [one] 📒 { $period }: { $lines } строка
        [few] 📒 { $period }: { $lines } строки
       *[many] 📒 { $period }: { $lines } строк
    }

## Карантин
quarantine-empty = ✅ В карантине пусто.
quarantine-title =
    { $events ->
        [one] ⚠️ Не удалось обработать { $events } событие
        [few] ⚠️ Не удалось обработать { $events } события
       *[many] ⚠️ Не удалось обработать { $events } событий
    }
quarantine-gone = Этого события в карантине уже нет.
quarantine-file =
    { $events ->
        [one] { $events } событие, как оно пришло. В нём то, что писали люди.
        [few] { $events } события, как они пришли. В них то, что писали люди.
       *[many] { $events } событий, как они пришли. В них то, что писали люди.
    }
button-replay = ▶️ { $number }
button-drop = 🗑 { $number }
button-export = 📎 Файлом
button-incident = 📼 Экспорт { $number }
button-whole = 📼 С настоящими словами
incident-file =
    📼 Событие { $number } и всё, что к нему привело в этой беседе, для gpttg replay ({ $lines ->
        [one] { $lines } строка
        [few] { $lines } строки
       *[many] { $lines } строк
    }). Имена, слова, числа и номера заменены похожими.
incident-whole =
    📼 Событие { $number } и всё, что к нему привело в этой беседе, для gpttg replay ({ $lines ->
        [one] { $lines } строка
        [few] { $lines } строки
       *[many] { $lines } строк
    }). В нём то, что писали люди.
incident-gone = О событии { $number } больше ничего не записано.

## Сообщения всем
broadcast-usage = Напишите /broadcast и текст сообщения, или ответьте командой /broadcast на сообщение.
broadcast-too-long = Для одного сообщения это слишком длинно.
broadcast-nobody = Отправлять некому.
broadcast-busy = Другое сообщение всем ещё рассылается.
broadcast-ask =
    { $people ->
        [one] ⬆️ Это получит { $people } человек.
        [few] ⬆️ Это получат { $people } человека.
       *[many] ⬆️ Это получат { $people } человек.
    }
button-broadcast = 📣 Отправить ({ $people })
button-cancel = ✖️ Отменить
broadcast-progress = 📣 Отправляется: { $sent } из { $people }
broadcast-cancelled = ✖️ Отменено. Отправлено { $sent } из { $people }.
broadcast-done = ✅ Отправлено: { $sent }. Не доставлено: { $failed }. Ещё в пути: { $pending }.
access-asked = 🙋 Администраторы получили просьбу. Напишу, когда кто-то из них решит.
access-asked-already = Просьба уже у администраторов: они пока не решили.
access-already-in = Вам уже можно пользоваться ботом: просто напишите.
access-denied = Администратор решил не открывать вам доступ.
access-granted = ✅ Доступ открыт! Просто напишите мне. /help покажет, что я умею.
access-granted-budget = Ваш бюджет: { $amount } { $period }.
invite-unknown = Я не знаю такого приглашения. Попросите новую ссылку у того, кто её дал.
invite-over = Приглашение уже использовано или устарело. Попросите новую ссылку у того, кто её дал.
more-asked = Администраторы получили просьбу увеличить бюджет. Напишу, когда кто-то из них решит.
more-asked-already = Просьба увеличить бюджет уже у администраторов: они пока не решили.
more-not-needed = Этого лимита больше нет: увеличивать нечего.
more-granted = ✅ Ваш бюджет увеличен на { $amount }. Спросите ещё раз!
more-denied = Администратор решил пока не увеличивать ваш бюджет.
budget-near = ⚠️ Израсходовано { $percent } % вашего бюджета: { $spent } из { $limit } { $period }.
role-given = Администратор изменил ваши права. Теперь вы: { $role }.
message-from-admin = ✉️ { $who } (администратор бота):
role-admin = администратор
role-member = участник
role-guest = гость
role-blocked = заблокирован
role-stranger = без доступа
scope-bot = Весь бот
scope-person = Человек { $id }
scope-chat = Группа { $id }
scope-role = Все вместе с ролью «{ $id }»
scope-invite = Приглашение { $id }
scope-event = Событие { $id }
period-day = в день
period-month = в месяц
period-once = за всё время
button-approve = ✅ Впустить
button-approve-budget = ✅ { $amount } в месяц
button-deny = ❌ Отказать
button-block = 🚫 Заблокировать
button-unblock = Разблокировать
button-raise = +{ $amount }
button-details = Подробнее
button-mute = 🔕 Не сообщать сутки
button-pause-bot = ⏸ Пауза для бота
button-pause-person = ⏸ Пауза для человека
button-person-goes-on = ▶️ Снять паузу
button-person = { $name }
button-make-member = Сделать участником
button-make-guest = Сделать гостем
button-make-admin = Сделать администратором
button-budget = 💵 Бюджет
button-amount = { $amount }
button-no-limit = Без лимита
button-all-limits = ← Все лимиты
button-limit = { $scope }, { $period }
button-before = ← Назад
button-behind = Дальше →
button-invite-role = Роль
button-invite-uses = Сколько человек
button-invite-days = Сколько дней
button-invite-budget = Бюджет
button-invite-make = 🔗 Сделать ссылку
desk-access-card =
    🙋 { $name } просит доступ.
    ID { $id }, { $way }.
desk-access-private = просьба пришла в личном чате
desk-access-group = просьба пришла в группе
desk-access-approved = ✅ Доступ открыт: { $who }
desk-access-approved-budget = ✅ Доступ открыт, бюджет { $amount } в месяц: { $who }
desk-access-denied = ❌ Отказ: { $who }
desk-access-blocked = 🚫 Доступ заблокирован: { $who }
desk-decided = Это уже решено.
desk-decided-by = Уже решено: { $who }
desk-invite-title = 🔗 Новое приглашение
desk-invite-role = Кто придёт по нему, получит роль: { $role }
desk-invite-uses =
    { $count ->
        [one] для { $count } человека
       *[other] для { $count } человек
    }
desk-invite-days =
    { $count ->
        [one] действует { $count } день
        [few] действует { $count } дня
       *[other] действует { $count } дней
    }
desk-invite-no-budget = без собственного бюджета
desk-invite-budget = { $amount } в месяц для каждого
desk-invite-link = Передайте эту ссылку: { $link }
desk-invite-used =
    🔗 Вход по приглашению: { $name }. Кто приглашал: { $who }. { $left ->
        [0] Больше оно не действует.
       *[other] Осталось мест: { $left }.
    }
desk-more-card =
    💵 { $name } просит увеличить бюджет.
    ID { $id }. { $scope }, { $period }: израсходовано { $spent } из { $limit }.
desk-more-raised = ✅ Лимит увеличен на { $amount }: { $who }
desk-more-denied = ❌ Отказ: { $who }
desk-room = { $scope }, { $period }: { $spent } из { $limit } ({ $percent } %)
desk-limits-title = 💵 Бюджеты
desk-limits-none = Лимитов нет.
desk-limit-none = { $scope }, { $period }: без лимита
desk-limit-how = Задать словами: /limits person 42 month 5 · /limits bot day 10 · /limits role guest month 20 · /limits chat -1001234 day off
desk-limit-no-role = Роли «{ $role }» нет. Лимиты бывают для: { $roles }
desk-limit-set = Готово. { $scope }, { $period }: { $amount }
desk-limit-lifted = Снято. { $scope }, { $period }: без лимита
desk-limit-raised = ✅ Лимит увеличен на { $amount }, теперь { $limit }: { $who }
desk-users-title =
    { $count ->
        [one] 👥 { $count } человек
        [few] 👥 { $count } человека
       *[other] 👥 { $count } человек
    }
desk-users-none = Никого.
desk-users-line = { $name } · { $role } · { $month } в этом месяце
desk-users-how = Поиск: /users и часть имени или ID.
desk-nobody = Такого человека я не знаю.
desk-fixed = Этот администратор задан в настройках, или это вы: здесь это не меняется.
desk-person-name = 👤 { $name }, ID { $id }
desk-person-role = Роль: { $role }
desk-person-spent = Расходы: { $day } сегодня, { $month } за месяц, { $ever } за всё время
desk-person-calls =
    { $count ->
        [one] { $count } платный запрос
        [few] { $count } платных запроса
       *[other] { $count } платных запросов
    }
desk-person-unpriced =
    { $count ->
        [one] ⚠️ У { $count } запроса неизвестна цена.
       *[other] ⚠️ У { $count } запросов неизвестна цена.
    }
desk-person-paused = ⏸ { $name }: на паузе, без ответов.
desk-person-goes-on = ▶️ { $name }: бот снова отвечает.
desk-person-how = Чтобы написать этому человеку, ответьте на это сообщение.
desk-reply-how = Чтобы написать человеку, ответьте на сообщение о нём: его откроет /users.
desk-message-sent = ✉️ Отправляю: { $name }.
desk-alert-when =
    { $count ->
        [one] { $at }. За сутки { $count } раз.
        [few] { $at }. За сутки { $count } раза.
       *[other] { $at }. За сутки { $count } раз.
    }
desk-muted = 🔕 { $who }: не сообщать об этом до { $at }.
desk-audit-title = 📜 Действия администраторов
desk-audit-none = Пока ничего.
audit-pause = пауза для бота
audit-resume = бот продолжает
audit-approve = открыт доступ: { $of }
audit-deny = отказано в доступе: { $of }
audit-block = заблокировано: { $of }
audit-invite = создано приглашение
audit-limit = задан лимит: { $of }
audit-raise = увеличен лимит: { $of }
audit-refuse = отказано в увеличении: { $of }
audit-role = изменена роль: { $of }
audit-hold = пауза: { $of }
audit-unhold = снята пауза: { $of }
audit-message = написано сообщение: { $of }
audit-mute = оповещение отключено на сутки
audit-models = изменён список моделей
audit-setmodel = изменена модель по умолчанию
audit-replay = повторена обработка события: { $of }
audit-drop = удалено событие: { $of }
audit-incident = выгружена запись события: { $of }
audit-broadcast = отправлено сообщение всем
audit-broadcast-cancelled = отменено сообщение всем
audit-lines = выгружен журнал расходов
audit-events = выгружен карантин
about-quota = OpenAI не принимает запросы, пока на счёте нет денег. На вопросы бот отвечает одной фразой, и ничего не списывается.
about-credentials = Ключ отозван или относится к другому проекту. Ответов не будет, пока OPENAI_API_KEY не станет верным.
about-request = Бот попросил о том, чего OpenAI не разрешает, например модель, недоступную этому аккаунту.
about-outage = Бот пробовал несколько раз. Он продолжит сам, когда OpenAI снова станет доступен.
about-no_room = Тот, кто спросил, об этом знает. Ненужные файлы уже удалены; сколько места они могут занимать, говорит MEDIA_CACHE_MB.
about-unknown-price = Запросы записаны в учёт с токенами, но без цены, и лимиты их не учитывают. Задайте OPENAI_PRICE_PER_1K_TOKENS или выберите другую модель.
about-quarantined = Событие ничего не изменило, отправитель об этом знает. /quarantine покажет его.
about-crash = Тот, кто спросил, об этом знает. Сколько это стоило, записано в учёте.
about-budget = Когда израсходовано всё, те, кого это касается, не получают платных ответов до конца периода или до увеличения лимита.
alert-budget = 💵 { $scope }, { $period }: израсходовано { $percent } %, { $spent } из { $limit }.
budget-near-cheaper = Теперь вам отвечает { $model }.
desk-cheaper-how = Тем, кто израсходовал 80 % бюджета, отвечает: { $model }. Изменить: /limits cheaper МОДЕЛЬ или off. Модели: { $models }
desk-cheaper-none = Сейчас модель никому не меняется. Чтобы менять её тем, кто израсходовал 80 % бюджета: /limits cheaper МОДЕЛЬ. Модели: { $models }
desk-cheaper-unknown = Только из этих моделей: { $models }. Другие добавляет /models.
desk-cheaper-set = Готово: тем, кто израсходовал 80 % бюджета, отвечает { $model }.
desk-cheaper-off = Готово: модель ни для кого не меняется.
audit-cheaper = выбрана более дешёвая модель
detail-uses =
    { $count ->
        [one] для { $count } человека
       *[other] для { $count } человек
    }
detail-people =
    { $count ->
        [one] { $count } человек
        [few] { $count } человека
       *[other] { $count } человек
    }
detail-sent = отправлено: { $count }
detail-whole = с настоящими словами
detail-no-amount = без лимита
detail-no-model = не меняется
detail-kind-quota = квота OpenAI
detail-kind-credentials = ключ OpenAI
detail-kind-request = отказ OpenAI
detail-kind-outage = сбой OpenAI
detail-kind-outage-over = конец сбоя OpenAI
detail-kind-no_room = нет места для файла
detail-kind-unknown-price = неизвестная цена
detail-kind-quarantined = карантин
detail-kind-crash = сбой задачи
detail-kind-budget = израсходованный бюджет
detail-kind-speed = быстрые расходы
detail-kind-jump = расходы одного человека
detail-kind-usd-day = расходы за день
detail-kind-usd-month = расходы за месяц
detail-kind-disk = место на диске
detail-kind-database = размер базы данных
detail-kind-totals = сверка итогов
detail-kind-ending = отключение модели
detail-kind-flood = ограничение Telegram
detail-days =
    { $count ->
        [one] { $count } день
        [few] { $count } дня
       *[other] { $count } дней
    }
detail-characters =
    { $count ->
        [one] { $count } знак
        [few] { $count } знака
       *[other] { $count } знаков
    }
alert-speed = ⚡ Деньги тратятся быстро: { $spent } за последний час, обычно { $usual }.
about-speed = Обычное – среднее по часам с расходами за последние 14 дней. Сообщается раз в сутки, начиная с $5 за час. Кто и на что: /stat
alert-jump = 📈 { $name }: сегодня потрачено { $spent }, обычно { $usual } в день.
about-jump = Обычное – среднее по дням с расходами за последние 14 дней. Сообщается раз в сутки, начиная с $2.
alert-usd-day = 💵 Сегодня уже потрачено { $spent }: больше { $limit } (ALERT_USD_DAY).
about-usd-day = Это ничего не останавливает: лимиты задаёт /limits.
alert-usd-month = 💵 В этом месяце уже потрачено { $spent }: больше { $limit } (ALERT_USD_MONTH).
about-usd-month = Это ничего не останавливает: лимиты задаёт /limits.
alert-disk = 💾 Диск почти заполнен: там, где { $where }, осталось { $free } ГБ.
about-disk = Без места бот не сможет принимать файлы, а потом и сообщения. Уменьшите MEDIA_CACHE_MB. Сообщается раз в сутки.
alert-database = 💾 База данных выросла до { $size } ГБ.
about-database = Бот сообщит снова, когда она удвоится. Это не ошибка, но копии делаются дольше.
alert-totals = 🧮 Итоги не сошлись с учётом: { $count }. Они пересчитываются.
about-totals = Сам учёт верен и полон; до сих пор лимиты сравнивались с неверным итогом. Проверяется раз в сутки.
alert-ending = 📅 Модель { $model } отключается { $date }.
about-ending = После этого OpenAI её не примет. Выберите другую: /models для ответов, .env для картинок и звука.
alert-outage-over = ✅ OpenAI снова доступен, перерыв около { $minutes } мин.
about-outage-over = Бот каждые пять минут запрашивал список моделей, это бесплатно.
alert-flood = 🐢 Telegram заставил бота ждать: { $seconds } с (flood wait).
about-flood = Бот отправлял слишком много сразу. Ничего не потеряно: он ждёт и отправляет потом. Что есть сейчас: /status
