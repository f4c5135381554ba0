"""What schemathesis asks while it tests one service: who calls each operation, and what a request may be about."""

import os
import random
import uuid
from collections import Counter
from pathlib import Path

import schemathesis

from callers import PASSWORD, STAFF, Callers
from known import Known
from sent import Sent

callers = Callers(Path(os.environ["CONFORMANCE_FOLDER"]), Path(os.environ["CONFORMANCE_DOCUMENTS"]))
# Who decides is who calls.
deciders = dict.fromkeys(("approver_id", "resolver_id", "reviewer_id"), STAFF.removeprefix("admin:"))
known = Known(merchant_id=callers.merchant, password=PASSWORD, channel="stripe", ip="8.8.8.8", **deciders)
calls = Counter()
chance = random.Random(7)
# How often a request is about what exists.
MOSTLY = 0.7


@schemathesis.auth(refresh_interval=None)
class Identity:
    """Each of those who may call an operation, one after another."""

    def get(self, case, context):
        operation, service = context.operation, context.operation.schema.raw_schema["info"]["x-service"]
        # A merchant's program signs its requests and may do no more than who has logged in as that merchant.
        ways = [way for way in operation.definition.raw.get("security", []) if "merchant" not in way]
        if not ways:
            # Sessions of staff are known to their service alone, and to no document.
            return callers.staff_session() if service == "admin-service" else None
        calls[operation.label] += 1
        return callers.proof(service, ways[calls[operation.label] % len(ways)])

    def set(self, case, token, context):
        case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.hook
def before_load_schema(context, raw_schema):
    Sent(raw_schema, known.words)


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if "Idempotency-Key" in case.headers and chance.random() < MOSTLY:
        case.headers["Idempotency-Key"] = str(uuid.UUID(int=chance.getrandbits(128)))
    for part in (case.path_parameters, case.query, case.body):
        if chance.random() < MOSTLY:
            known.fill(part, case.operation.path)


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code == 401 and "log in" in response.text:
        callers.log_in()
        known.words.append(("merchant_id", callers.merchant))
    if response.status_code == 200 and case.method != "DELETE":
        known.learn(case.operation.path, case.method, response.json())
