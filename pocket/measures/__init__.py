"""Measures of how well pictures are drawn: their outlines, shapes, faces and likenesses."""
