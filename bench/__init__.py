"""What the bot costs: figures as tables, measured through real MTProto, the real SDK and real SQLite on loopback.

    this process                                   a process of its own
    LocalTelegram, LocalOpenAI, the people   ◄──►  the bot (bench.subject), whose CPU and memory alone are counted

`python -m bench` runs all of it; docs/speed.md keeps the figures and says how they are made. Nothing here is a test.
"""
