"""The rules, one file each.

A rule answers about prompts (`of_prompt`), pictures (`of_picture`) or both; moderation/judge.py asks it. So
far, anatomy only counts, and gives no verdict.
"""
