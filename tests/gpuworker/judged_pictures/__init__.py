"""What the pictures show: each feature end to end on the pocket models, judged by models of their own."""
