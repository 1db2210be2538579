"""GPU work: the engine, the stages a job goes through, and the seats that take jobs from the queue."""
