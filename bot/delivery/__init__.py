"""From a result to a message: what is posted, what waits, what was missed."""
