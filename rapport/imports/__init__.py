"""Imports of files of people, events and orders.

The server does them (`running`): it reads a file (`table`, `records`), recognises its columns (`mapping`), checks its
rows (`profiles`, `events`, `cells`) and brings in a chunk at a time (`people`, `consents`, `happenings`).
`rapport import` (`client`) hands files over from another machine, larger ones than the server takes in `parts`.
"""
