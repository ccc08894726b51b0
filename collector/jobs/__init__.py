"""What runs by the clock. `timetable.py` lists it: what, which function, how often.

`fieldpost serve` runs it beside its workers; of several servers on one database, one runs a job at a time,
and a time that was missed because no server ran is made up for.
"""
