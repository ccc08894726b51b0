"""Fieldpost's collector: from a definition to a stored event.

The rooms, and who may import whom (`tests/test_house.py` proves it):

    wsgi → app, cli → web, jobs → intake → store → core
                      web → snippet → core.fields
                jobs, web, intake → metrics → core

* `core`    the rules: pure functions and frozen dataclasses, no I/O
* `store`   SQL: the only room that knows peewee
* `intake`  from bytes to disk: decode, judge, commit
* `metrics` what is measured, in numbers that all processes share
* `web`     HTTP: beacons, snippets, the API, and who may ask for what
* `jobs`    what runs by the clock
* `cli`     the `fieldpost` command
* `app`     the one place where the parts meet
"""

__version__ = "0.1.0"
