"""Fills in a configuration of this folder: `DATA=/srv/homeroom python -m project.deploy.render nginx.conf > …`."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent
NAME = re.compile(r"\$\{([A-Z_]+)\}")

# One machine: nginx on the usual ports, two stream processes, and Pushpin on the ports of its package.
DEFAULTS = {
    "RUN": "/run/homeroom",
    "LOGS": "/var/log/homeroom",
    "DATA": "/var/lib/homeroom",
    "LISTEN": "443 ssl http2",
    "LISTEN_PLAIN": "80",
    # `$host:8443` where browsers reach nginx on another port than the usual one.
    "HOST": "$host",
    "TLS": "ssl_certificate /etc/homeroom/tls.crt; ssl_certificate_key /etc/homeroom/tls.key;",
    "WEB": "server 127.0.0.1:8000 max_fails=0;",
    "STREAM": "server 127.0.0.1:8001 max_fails=0; server 127.0.0.1:8002 max_fails=0;",
    "LARGEST": "1100m",
    "REQUESTS_PER_SECOND": "1000",
    # A thousand pages of one school that come back after an outage: each opens its stream, catches up, and more.
    "REQUESTS_AT_ONCE": "5000",
    "CONNECTIONS_PER_ADDRESS": "8000",
    "ZURL": "/run/zurl",
    "GRIP_KEY": "",
    "PUSHPIN_LISTEN": "127.0.0.1:7999",
    "PUSHPIN_TARGETS": "127.0.0.1:8001 127.0.0.1:8002",
    "PUSHPIN_PUSH": "tcp://127.0.0.1:5560",
    "PUSHPIN_CONTROL_HOST": "127.0.0.1",
    "PUSHPIN_CONTROL_PORT": "5561",
    "PUSHPIN_SUB": "tcp://127.0.0.1:5562",
    "PUSHPIN_COMMAND": "tcp://127.0.0.1:5563",
}


def render(name: str, values: Mapping[str, str]) -> str:
    """The text of a configuration, `${NAME}` replaced by these values or else the defaults of one machine.

    KeyError for a name that has neither.
    """
    known = {**DEFAULTS, **values}
    return NAME.sub(lambda found: known[found[1]], (FOLDER / name).read_text())


if __name__ == "__main__":
    sys.stdout.write(render(sys.argv[1], os.environ))
