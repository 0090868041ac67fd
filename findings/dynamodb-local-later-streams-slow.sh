#!/usr/bin/env bash
# DynamoDB Local gets slower with each table that has a stream: a write waits while it reads
# all stream records that any table has left before, also tables that are long deleted.
#
# Seen with DynamoDB Local 3.0.0 in memory on OpenJDK 17, 2026-11-30: after 20,000 records
# in the stream of one table, a put into a second table takes 15 to 20 times as long as into
# the first; into a table without a stream it takes as long as ever. The records stay for a
# day, so that one instance that serves many tests, each with a table of its own, spends
# most of its time on this.
#
# Why: the records of all streams are rows of one SQLite table, in the order of writing, and
# at each write the oldest record of the stream is asked for, by a column without an index.
# What helps: one instance for few tables; or its database in a file on a folder in memory,
# with an index on that column made before the start.
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

cat >puts.py <<'PY'
import sys, time
import boto3
from botocore.config import Config

db = boto3.client("dynamodb", endpoint_url=f"http://127.0.0.1:{sys.argv[1]}", region_name="x", aws_access_key_id="a", aws_secret_access_key="a",
                  config=Config(retries={"total_max_attempts": 20}))

def table(name, stream):
    more = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}} if stream else {}
    db.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                    AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}], **more)

def item(i):
    return {"k": {"S": str(i)}, "v": {"S": "x" * 400}}

def puts(name):
    took = []
    for i in range(300):
        began = time.perf_counter()
        db.put_item(TableName=name, Item=item(i))
        took.append(time.perf_counter() - began)
    ms = sorted(took)[len(took) // 2] * 1000
    print(f"{name}: a put takes {ms:.1f} ms (median of 300)")
    return ms

table("first", True)
puts("first")  # warms up
first = puts("first")
for n in range(1000, 21000, 25):
    db.batch_write_item(RequestItems={"first": [{"PutRequest": {"Item": item(n + i)}} for i in range(25)]})
again = puts("first")
table("second", True)
second = puts("second")
table("without-stream", False)
without = puts("without-stream")
sys.exit(0 if second > 4 * max(first, again) and without < second / 4 else 1)
PY
if venv/bin/python puts.py "$port"; then
  echo "as seen: a write to a later table with a stream reads the records of all streams before it"
else
  echo "changed: a later table's writes are not slower"
  exit 1
fi
