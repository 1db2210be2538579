"""What may be asked for, whoever asks: builders of tasks, and the words that stand for their numbers."""
