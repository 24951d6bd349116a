"""The admins' desk: one actor for the whole house. It decides who may come in and what may be spent, tells the admins
what they must know, and shows them what goes on, in their own private chats with the bot."""
