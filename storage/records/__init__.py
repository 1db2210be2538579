"""The bot's records, one file a subject, in the tables of one database."""
