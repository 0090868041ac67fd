#!/usr/bin/env bash
# The AWS SDK for Go v2 compiles a regular expression for every call if it does not know the
# region by name.
#
# Seen with github.com/aws/aws-sdk-go-v2/service/dynamodb v1.73.1 and Go 1.26, 2026-11-30:
# the resolver that works out the endpoint of a call makes 5 allocations for us-east-1 and
# cn-north-1, and some 600 for a region such as local-1 or localhost, which tests and local
# stacks use. It looks the region up in a list first; then it tries the pattern of each
# partition, and compiles each of them anew in each call (awsrulesfn/partition.go). Of what a
# call to a local server computes that was a tenth, with and without an endpoint that is set.
#
# So who measures the SDK against a local server should name a region that AWS has.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
export GOFLAGS=-mod=mod GOPATH="$dir/go"

cat >go.mod <<'MOD'
module endpoint

go 1.26

require github.com/aws/aws-sdk-go-v2/service/dynamodb v1.73.1
MOD
cat >endpoint_test.go <<'GO'
package endpoint

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

func TestAllocations(t *testing.T) {
	resolver := dynamodb.NewDefaultEndpointResolverV2()
	for _, tt := range []struct {
		region      string
		least, most float64
	}{
		{"us-east-1", 0, 20}, {"cn-north-1", 0, 20}, {"local-1", 400, 5000}, {"localhost", 400, 5000},
	} {
		for _, endpoint := range []*string{nil, aws.String("http://127.0.0.1:8000")} {
			p := dynamodb.EndpointParameters{Region: &tt.region, Endpoint: endpoint, UseFIPS: aws.Bool(false), UseDualStack: aws.Bool(false)}
			n := testing.AllocsPerRun(100, func() {
				if _, err := resolver.ResolveEndpoint(context.Background(), p); err != nil {
					t.Fatal(err)
				}
			})
			t.Logf("%-10s endpoint set: %-5t %4.0f allocations", tt.region, endpoint != nil, n)
			if n < tt.least || n > tt.most {
				t.Errorf("%s: %.0f allocations, and not from %.0f to %.0f: that has changed", tt.region, n, tt.least, tt.most)
			}
		}
	}
}
GO
go test -v -run TestAllocations .
