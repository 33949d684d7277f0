"""The verbs of the command line: what they take, what they print. What they do stands in the flow modules.

Every function imports what it needs when it is called, so that `comity --help` answers at once.
"""
