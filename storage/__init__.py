"""What is kept and what travels: jobs, queue, events, blobs, database."""
