"""Imports of files of people, events and orders.

What reads a file (`table`, `records`), recognises its columns (`mapping`) and checks its rows (`profiles`, `events`,
`cells`, `deciding`) is one engine with two drivers: the server's own work (`running`, `people`, `happenings`), and
`rapport import` (`run`, `profile_run`), a client of the HTTP API for files of any size on another machine.
"""
