"""The admins' figures from the shell, while the bot runs or not. Whatever is heavy is imported when it is needed."""
