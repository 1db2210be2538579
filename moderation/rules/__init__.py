"""The rules, one file each.

A rule answers about prompts (`of_prompt`), pictures (`of_picture`) or both; moderation/judge.py asks it.
Anatomy counts so far, and gives no verdict.
"""
