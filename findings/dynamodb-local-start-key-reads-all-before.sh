#!/usr/bin/env bash
# DynamoDB Local reads all items before an ExclusiveStartKey: the pages of a partition get
# slower the further one reads.
#
# Seen with DynamoDB Local 3.0.0 in memory on OpenJDK 17, 2026-12-01: in a partition of
# 60,000 items the page behind item 57,000 takes 20 ms more than the first one, which is
# several times as long. The same page by the key condition "sk > :after", without a start
# key, takes as long as the first one. DynamoDB itself starts at the key in both cases, and
# charges the same.
#
# What helps: put the place where a page begins into the key condition. BETWEEN leaves room
# for a prefix, too. Whoever reads a partition to its end this way needs time that grows
# with its size, and not with the square of it.
set -euo pipefail
dir=$(mktemp -d)
server=
trap 'kill $server; rm -rf "$dir"' EXIT
cd "$dir"

cat >pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>a</groupId><artifactId>a</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>software.amazon.dynamodb</groupId><artifactId>DynamoDBLocal</artifactId><version>3.0.0</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib
cp lib/libsqlite4java-linux-amd64-*.so lib/libsqlite4java-linux-amd64.so
python3 -m venv venv
venv/bin/pip install -q boto3==1.40.50

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
java -Djava.library.path=lib -cp 'lib/*' software.amazon.dynamodb.services.local.main.ServerRunner -inMemory -sharedDb -disableTelemetry -port "$port" >server.log 2>&1 &
server=$!
until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
  kill -0 "$server" || { cat server.log; exit 1; }
  sleep 0.2
done

cat >pages.py <<'PY'
import sys, time
import boto3

db = boto3.client("dynamodb", endpoint_url=f"http://127.0.0.1:{sys.argv[1]}", region_name="x", aws_access_key_id="a", aws_secret_access_key="a")
db.create_table(TableName="list", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}])

def key(i):
    return {"pk": {"S": "all"}, "sk": {"S": f"{i:06d}"}}

for n in range(0, 60000, 25):
    db.batch_write_item(RequestItems={"list": [{"PutRequest": {"Item": {**key(n + i), "v": {"S": "x" * 80}}}} for i in range(25)]})

def page(what, condition, values, **start):
    took = []
    for _ in range(60):
        began = time.perf_counter()
        found = db.query(TableName="list", Limit=20, KeyConditionExpression=condition, ExpressionAttributeValues=values, **start)
        took.append(time.perf_counter() - began)
    ms = sorted(took)[len(took) // 2] * 1000
    print(f"{what}: {ms:.1f} ms (median of 60), from {found['Items'][0]['sk']['S']} on")
    return ms, found["Items"]

every = {":pk": {"S": "all"}}
page("warming up", "pk = :pk", every)
first, _ = page("the first page", "pk = :pk", every)
by_start, some = page("behind 57,000 by a start key", "pk = :pk", every, ExclusiveStartKey=key(57000))
by_condition, same = page("behind 57,000 by the condition", "pk = :pk AND sk > :after", {**every, ":after": {"S": "057000"}})
sys.exit(0 if some == same and by_start > 2.5 * first and by_condition < by_start / 2 else 1)
PY
if venv/bin/python pages.py "$port"; then
  echo "as seen: a page behind a start key reads all items before it"
else
  echo "changed: a page behind a start key is not slower"
  exit 1
fi
