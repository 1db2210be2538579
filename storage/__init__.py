"""What is stored and what travels: jobs, queue, events, blobs, database."""
