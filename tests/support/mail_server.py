"""A real mail server (aiosmtpd) for one test: one JSON line with its port, then one for each mail. Ends with its stdin.

The argument is JSON: tls ("implicit", "starttls" or null), cert, key, user, password, mechanism.
"""

import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

logging.getLogger("mail.log").setLevel(logging.ERROR)
options = json.loads(sys.argv[1])


def tell(line):
    print(json.dumps(line), flush=True)


class Handler:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = lambda kind: mail.get_body(preferencelist=(kind,)).get_content().replace("\r\n", "\n")
        tell({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "options": envelope.mail_options,
            "headers": {name: str(value) for name, value in mail.items()},
            "defects": [str(defect) for part in mail.walk() for defect in part.defects],
            "text": part("plain"),
            "html": part("html"),
            "user": session.auth_data and session.auth_data.login.decode(),
            "tls": server.transport.get_extra_info("sslcontext") is not None,
        })
        return "250 taken"


def authenticate(server, session, envelope, mechanism, auth_data):
    known = (options["user"].encode(), options["password"].encode())
    good = mechanism == options["mechanism"] and (auth_data.login, auth_data.password) == known
    return AuthResult(success=good, handled=False, auth_data=auth_data)


def protocol(context):
    user = options.get("user")
    return SMTP(
        Handler(),
        hostname="localhost",
        enable_SMTPUTF8=True,
        tls_context=context if options["tls"] == "starttls" else None,
        require_starttls=options["tls"] == "starttls",
        authenticator=authenticate if user else None,
        auth_required=bool(user),
        # aiosmtpd counts only STARTTLS as TLS.
        auth_require_tls=options["tls"] == "starttls",
        auth_exclude_mechanism=[m for m in ("PLAIN", "LOGIN") if user and m != options["mechanism"]],
    )


async def main():
    context = None
    if options["tls"]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options["cert"], options["key"])
    implicit = context if options["tls"] == "implicit" else None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol(context), "127.0.0.1", 0, ssl=implicit)
    tell({"port": server.sockets[0].getsockname()[1]})
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
