"""SQL. The only room that imports peewee; everything else speaks of events and profiles.

`opening.py` opens a store; each other file holds the questions and commands of one subject. Models are
bound to no database: every query is executed on the `Database` it was asked of, so that two stores
can live in one process.
"""
