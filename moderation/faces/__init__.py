"""Faces in pictures, and how they look in numbers: one way to ask, for drawings and for photographs."""
