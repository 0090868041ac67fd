# Every command of the project. `make` alone prints them.

GO ?= go
functions := $(patsubst functions/%/main.go,%,$(wildcard functions/*/main.go))
with_dynamodb = build/bin/local with-dynamodb
# One source, one binary, wherever it is built: no path of the machine, no state of
# the checkout (GET /v1/health tells the version), no symbols (-s implies -w). make
# sam and make deploy build with the same.
build_flags = -tags=lambda.norpc -trimpath -buildvcs=false -ldflags=-s
# Whatever is compiled without the race detector is compiled with these, so that no
# package is compiled twice.
alike = CGO_ENABLED=0 GOFLAGS='$(build_flags)' $(GO)
sam = SAM_CLI_TELEMETRY=0 $(firstword $(wildcard .venv/bin/sam) sam)
fuzz_time ?= 5s
BY_STEPS ?= true

.DEFAULT_GOAL := help
.PHONY: help build run test sam invoke deploy check format-check vet staticcheck lint-template race fuzz bench clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# One invocation for all functions, so that what they share is compiled once and
# they are linked side by side. It names binaries after their folders; Lambda
# wants each in a folder of its own, under the name bootstrap.
build: ## build every function into build/<function>/bootstrap
	@mkdir -p build/bin
ifneq ($(functions),)
	$(alike) build -o build/bin/ $(functions:%=./functions/%)
	@for f in $(functions); do \
		mkdir -p build/$$f; \
		cmp -s build/bin/$$f build/$$f/bootstrap || { cp build/bin/$$f build/$$f/bootstrap.new && mv -f build/$$f/bootstrap.new build/$$f/bootstrap; }; \
	done
endif

run: build ## start the whole system on this machine; Ctrl-C stops it
	@$(alike) build -o build/bin/local ./cmd/local
	@exec build/bin/local run

test: ## vet and quick tests, on DynamoDB Local where one can be had
	$(alike) vet ./...
	@$(alike) build -o build/bin/local ./cmd/local
	$(with_dynamodb) -optional -- env $(alike) test ./...
	@$(alike) run ./cmd/samtest missing

sam: ## run every function, and one whole flow, under AWS SAM in Lambda's container (docs/sam.md)
	SAM=1 $(alike) test -count=1 -v -timeout 30m -run TestSAM ./shared/dev/samtest

invoke: ## run one function alone in Lambda's container: F=login, E=another-event.json
	@$(alike) run ./cmd/samtest invoke $(F) $(E)

# What is deployed says which commit it is, and when it was deployed: each
# deployment is a release of every function, also when a setting or a secret alone
# has changed (template.yaml says why). SAM CLI cannot add parameters to those of
# the stage, so the stage is given them in a copy.
# BY_STEPS=false gives it to everybody in one moment, also while an alarm is up.
deploy: ## build for a stage of samconfig.toml and deploy it: STAGE=dev or prod
	@grep -q '^\[$(STAGE).deploy.parameters\]' samconfig.toml || { echo "STAGE=dev or STAGE=prod, not $(STAGE)"; exit 1; }
	@mkdir -p .aws-sam
	@version="$$(git describe --always --dirty)+$$(date -u +%Y%m%d%H%M%S)"; release=$$(printf %s "$$version" | git hash-object --stdin | cut -c1-10); \
	sed 's/"Stage=$(STAGE)",/& "Version='"$$version"'", "Release='"$$release"'", "BySteps=$(BY_STEPS)",/' samconfig.toml > .aws-sam/samconfig.toml
	CGO_ENABLED=0 GOFLAGS='$(build_flags)' $(sam) build --config-env $(STAGE) --config-file $(CURDIR)/.aws-sam/samconfig.toml
	$(sam) deploy --config-env $(STAGE) --config-file $(CURDIR)/.aws-sam/samconfig.toml

check: format-check vet staticcheck lint-template race fuzz ## all that a change must pass; what CI runs

format-check:
	@unformatted=$$(git ls-files --cached --others --exclude-standard '*.go' | xargs -r ls -d 2>/dev/null | xargs -r gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "gofmt -w needed:"; echo "$$unformatted"; exit 1; fi

vet:
	$(alike) vet ./...

staticcheck:
	$(alike) tool staticcheck ./...

# Skipped where there is no Python, but not with REQUIRE_SAM=1.
lint-template:
	@$(alike) run ./cmd/samtest lint

# What is vetted above is not vetted again. Hashes are computed without the race
# detector, which makes them six times as slow; they share nothing. (Of a package
# with instances of generic types, others would get those that report nothing.)
race:
	@$(alike) build -o build/bin/local ./cmd/local
	REQUIRE_DYNAMODB=1 $(with_dynamodb) -- $(GO) test -race -gcflags=golang.org/x/crypto/argon2=-race=false -vet=off -timeout 25m ./...

# go test fuzzes one function of one package at a time.
fuzz:
	@set -e; git ls-files --cached --others --exclude-standard '*_test.go' | xargs -r grep -Hos '^func Fuzz[A-Za-z0-9_]*' | while IFS=: read -r file func; do \
		echo "fuzz $${func#func } in $$(dirname $$file)"; \
		$(alike) test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(fuzz_time) ./$$(dirname $$file); \
	done

bench: build ## measure starts, flows, cpu, work at size, memory and load; BENCH=<part> one of them; AGAINST=<revision> compares with it
	@$(alike) build -o build/bin/ ./cmd/bench/floor
	@$(alike) build -o build/bin/bench ./cmd/bench
	@build/bin/bench

clean: ## remove what was built
	rm -rf build
