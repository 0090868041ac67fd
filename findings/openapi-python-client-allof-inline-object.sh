#!/usr/bin/env bash
# openapi-python-client drops a schema if another one takes it in by allOf, and one of its
# properties is an object without a name.
#
# Seen with openapi-python-client 0.29.1 (Python 3.11), 2026-12-01: it reads the properties
# of the schema that allOf names a second time, makes the class of the nameless object a
# second time, and says: Attempted to generate duplicate models. Then it removes both
# schemas, and every answer that uses them. The rest of the client is generated, and without
# --fail-on-warning the command ends with 0. Only an object is affected; a nameless list of
# words or a number is not.
#
# What helps: give that object a name of its own among the schemas.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check openapi-python-client==0.29.1
PATH="$dir/venv/bin:$PATH"

document() {
  cat <<YAML
openapi: 3.1.0
info: {title: jobs, version: '1'}
paths:
  /job:
    get:
      operationId: getJob
      responses:
        '200':
          description: a job
          content: {application/json: {schema: {\$ref: '#/components/schemas/Job'}}}
components:
  schemas:
    Base:
      type: object
      required: [id]
      properties:
        id: {type: string}
        owner: $1
    Owner:
      type: object
      properties: {name: {type: string}}
    Job:
      allOf: [{\$ref: '#/components/schemas/Base'}]
YAML
}
document '{type: object, properties: {name: {type: string}}}' >inline.yaml
document "{\$ref: '#/components/schemas/Owner'}" >named.yaml

openapi-python-client generate --meta none --path inline.yaml --output-path inline >log 2>&1
grep 'Attempted to generate duplicate models with name "BaseOwner"' log
openapi-python-client generate --meta none --path named.yaml --output-path named >log 2>&1
if grep -q 'Warning' log; then
  cat log
  exit 1
fi
if [ -e inline/models/base.py ] || [ ! -e named/models/base.py ]; then
  echo 'not as seen any more'
  exit 1
fi
echo 'the schema is gone where the object has no name, and is there where it has one'
