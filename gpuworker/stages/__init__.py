"""What a worker can do with a job, one file for each thing."""
