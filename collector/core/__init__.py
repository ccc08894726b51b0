"""The rules of Fieldpost. Pure: no I/O, no Flask, no peewee; time and ids are given, not taken."""
