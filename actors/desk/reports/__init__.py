"""The desk's reports, one a file: figures from the database and from OpenAI become a page, in a job."""
