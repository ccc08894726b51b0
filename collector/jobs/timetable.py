"""What runs by the clock, all of it: a row each."""

from __future__ import annotations

from collector.jobs.expiring import expire
from collector.jobs.job import Job
from collector.jobs.months import make_months
from collector.jobs.packing import pack
from collector.jobs.recounting import recount_everything
from collector.jobs.schedule import Daily, Every
from collector.jobs.tidying import tidy, tidy_webhooks

JOBS = (
    Job(
        "recount",
        "Recounts the ledger and the totals against what is stored.",
        Daily(3, 15),
        recount_everything,
    ),
    Job("expire", "Deletes what definitions keep no longer.", Every(3600), expire),
    Job("months", "Makes months of the change log and the rejections.", Every(6 * 3600), make_months),
    Job("tidy", "Empties SQLite's write-ahead log.", Daily(3, 45), tidy),
    Job("webhooks", "Gives up what webhooks cannot tell, and clears their log.", Every(60), tidy_webhooks),
    Job("pack", "Packs new and changed events in columns, for segments.", Every(20), pack),
)
