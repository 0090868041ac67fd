"""Failures that schemathesis finds and that are none.

Each explanation below is a rule of the contract that OpenAPI cannot express, or an
answer of the gateway, which is none of the functions'. It looks at the answer and at
what was sent, so that the same answer to something else is still a failure.
"""

import unicodedata

import schemathesis

# The codes of two failures: what fits was refused; a method that there is not was not
# answered 405.
REFUSED, METHOD = "ST202", "ST204"


def problem(response):
    """The problem in the answer of a function, {} if it has none."""
    if not response.headers.get("content-type", [""])[0].startswith("application/problem+json"):
        return {}
    return response.json()


def gateway_refuses_long_requests(failure, case, response):
    """The gateway answers 431 by itself where line and headers are over 10 KB."""
    return response.status_code == 431 and not problem(response)


def gateway_cuts_paths(failure, case, response):
    """The gateway drops a question mark in a path, though it is encoded, and what
    follows. What is left is another route, or none."""
    path = "".join(map(str, (case.path_parameters or {}).values()))
    return problem(response).get("code") == "route_missing" and ("?" in path or "%3F" in path)


def methods_without_a_route(failure, case, response):
    """A method that a path does not have is 404 route_missing, not 405."""
    return failure.code == METHOD and problem(response).get("code") == "route_missing"


def batch_could_be_a_person(failure, case, response):
    """Other methods of .../staff/batch are those of .../staff/{employeeCode}, and nobody
    has that code."""
    return failure.code == METHOD and case.path == "/v1/admin/staff/batch" and problem(response).get("code") == "staff_missing"


def files_have_rules(failure, case, response):
    """The document says nothing of what is in a file with people."""
    refused = {e["field"] for e in problem(response).get("errors", [])}
    return failure.code == REFUSED and case.path == "/v1/admin/imports" and refused == {"file"}


def tickets_are_not_made_up(failure, case, response):
    """A ticket, and its code, are the service's own."""
    return failure.code == REFUSED and problem(response).get("code") in ("ticket_invalid", "code_expired", "code_wrong")


def passwords_have_rules(failure, case, response):
    """Two passwords have to agree, and a new one must not be easy to guess."""
    return failure.code == REFUSED and problem(response).get("code") in ("password_mismatch", "password_weak")


def fields_have_rules(failure, case, response):
    """422 is right where each field is refused by a rule that a schema cannot say."""
    errors = problem(response).get("errors", [])
    return failure.code == REFUSED and problem(response).get("code") == "field_invalid" and errors and all(
        beyond_schema(e["code"], e["field"], sent(case, e["field"])) for e in errors
    )


# Rules about several fields, about what is in the table, or about what stands after an
# edit.
TOGETHER = {"disagrees", "not_a_choice", "label_taken", "one_main"}

# What people type in many ways, and what has to be on the register. The document tells
# the forms in words.
TYPED = {"from", "to", "phone", "idCard", "birthDate", "email", "account", "shortNumber", "officePhone", "name", "areaCode", "unit", "org", "q"}

# A list needs one of several filters, and the app, but no page, the id of its device.
NEEDED = {"device.id", "employeeCode", "org", "from", "to"}


def beyond_schema(code, field, value):
    leaf = field.rpartition(".")[2]
    if code in TOGETHER:
        return True
    if code == "required" and not value:  # of a post that the request does not name: posts[<id>].role
        return field in NEEDED or leaf == "role"
    if field == "cursor":  # good only from the page before
        return code == "invalid"
    if code == "wrong_type":  # JSON Schema takes 3.0 for an integer
        return isinstance(value, float) and value.is_integer()
    if not isinstance(value, str):
        return False
    if code in ("invalid", "stand_in") and any(unicodedata.category(c) in ("Cc", "Cn", "Co", "Cs") for c in value):
        return True  # a private character shows as a sign for a lost one
    if code == "required":  # nothing of it shows
        return not any(unicodedata.category(c)[0] in "LNPS" for c in value)
    if leaf == "parent":  # one that may not hold the organisation, such as itself or one below it
        return code == "invalid"
    return leaf in TYPED and code in ("invalid", "too_long", "too_short", "masked")


def sent(case, field):
    """What was sent in a field, such as posts[1].role."""
    value = {**(case.query or {}), **(case.body if isinstance(case.body, dict) else {})}
    for name in field.replace("[", ".").replace("]", "").split("."):
        try:
            value = value[int(name)] if isinstance(value, list) else value.get(name)
        except (AttributeError, IndexError, ValueError):
            return None
    return value


EXPLANATIONS = (
    gateway_refuses_long_requests,
    gateway_cuts_paths,
    methods_without_a_route,
    batch_could_be_a_person,
    files_have_rules,
    tickets_are_not_made_up,
    passwords_have_rules,
    fields_have_rules,
)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    return not any(explains(failure, case, response) for explains in EXPLANATIONS)
