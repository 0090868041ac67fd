"""What a script does to sign in, on the running system: BASE is the API, INBOX the phone.

The generated package is chaoxi_client, which PYTHONPATH leads to.
"""

import os
import re

import httpx
from chaoxi_client import AuthenticatedClient, Client
from chaoxi_client.api.account import me, me_phone, send_code
from chaoxi_client.api.service import dictionaries, health
from chaoxi_client.api.sign_in import login, sessions_end_current, verify_login
from chaoxi_client.models import (
    ActivationStart,
    ActivationStartPurpose,
    AppDevice,
    AppSignIn,
    AppSignInClient,
    CodeSent,
    NewPhone,
    NewPhoneAreaCode,
    Problem,
    TicketOnly,
    VerifyLoginBody,
)

BASE, INBOX = os.environ["BASE"], os.environ["INBOX"]


def want(what, got, expected):
    if got != expected:
        raise SystemExit(f"{what}: {got!r}, not {expected!r}")


def refused(status, answer, code):
    """The problem with which a call is refused."""
    want(f"the status of {code}", answer.status_code, status)
    if not isinstance(answer.parsed, Problem):
        raise SystemExit(f"{code} is no Problem: {answer.content!r}")
    want("the code", answer.parsed.code, code)
    return answer.parsed


def texted(phone):
    """The code of the newest text to a phone."""
    texts = httpx.get(f"{INBOX}/messages", params={"phone": phone}).json()["items"]
    return next(found.group() for text in texts if (found := re.search("[0-9]{6}", text["text"])))


client = Client(base_url=BASE)
want("health", health.sync(client=client).status, "ok")
assert dictionaries.sync(client=client).items

start = ActivationStart(purpose=ActivationStartPurpose.ACTIVATE, account="wangfang", name="王芳")
activation = send_code.sync(client=client, body=start)
assert isinstance(activation, CodeSent), activation
want("the phone of an activation", activation.phone, "+86 137*****003")
soon = refused(429, send_code.sync_detailed(client=client, body=TicketOnly(ticket=activation.ticket)), "code_too_soon")
assert 1 <= soon.retry_after <= 60
refused(410, send_code.sync_detailed(client=client, body=TicketOnly(ticket="nobodys")), "ticket_invalid")

device = AppDevice(id="python-0123456789abcdefgh", name="Python")
who = AppSignIn(account="zhouqiang", password="Chaoxi#4927", client=AppSignInClient.APP, device=device)
step = refused(401, login.sync_detailed(client=client, body=who), "second_factor_required")
assert isinstance(send_code.sync(client=client, body=TicketOnly(ticket=step.ticket)), CodeSent)
proof = VerifyLoginBody(ticket=step.ticket, code=texted("13700000007"), trust_device=True)
proved = verify_login.sync_detailed(client=client, body=proof)
want("the second step", proved.status_code, 201)

signed_in = AuthenticatedClient(base_url=BASE, token=proved.parsed.token)
want("who is signed in", me.sync(client=signed_in).account, "zhouqiang")
phone = NewPhone(current_password="Chaoxi#4927", area_code=NewPhoneAreaCode.VALUE_0, phone="13700000017")
change = me_phone.sync(client=signed_in, body=phone)
assert isinstance(change, CodeSent), change
want("where a new phone's code goes", change.phone, "+86 137*****017")
want("signing out", sessions_end_current.sync_detailed(client=signed_in).status_code, 204)
refused(401, me.sync_detailed(client=signed_in), "session_expired")
