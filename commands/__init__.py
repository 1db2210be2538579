"""The command line, one file a command.

The front door, `darkroom.py`, imports all of them to know their options. So every command imports what it
needs when it runs: `darkroom --help` does not wait for torch.
"""
