"""How the services of each capability are built, and on what: read these files to learn that.

Each file gives, for every service of its capability, what builds it. A service that another one
rests on is asked for by its type. Of other capabilities, and of what is large, nothing is taken in
before it is needed: `from corridor import access` takes in no more than the front door.
"""
