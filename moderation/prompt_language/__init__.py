"""The language of prompts: A1111's weights, schedules, `AND` and `BREAK`, and what other programs added.

It is parsed in the lowest room because what is judged must be what is drawn.
"""
