"""Fieldpost for any WSGI server: `granian --interface wsgi wsgi:app`, `gunicorn wsgi:app` …"""

import os

from collector.app import create_app
from collector.settings import Settings

app = create_app(Settings.from_environment(os.environ))
