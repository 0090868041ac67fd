# The commands of the project. `make` alone lists them.

GO ?= go
functions := $(patsubst functions/%/main.go,%,$(wildcard functions/*/main.go))
with_dynamodb = build/bin/local with-dynamodb
# With these flags the same source gives the same binary on every machine: without
# paths of the machine (-trimpath), without the state of the checkout (-buildvcs=false;
# GET /v1/health tells the version), without symbols (-s, which implies -w). make sam
# and make deploy build with them, too.
build_flags = -tags=lambda.norpc -trimpath -buildvcs=false -ldflags=-s
# All commands except the race detector use these settings, so that no package is
# compiled twice.
alike = CGO_ENABLED=0 GOFLAGS='$(build_flags)' $(GO)
sam = SAM_CLI_TELEMETRY=0 $(firstword $(wildcard .venv/bin/sam) sam)
fuzz_time ?= 5s
BY_STEPS ?= true

ui = functions/web/ui
ui_sources := $(wildcard $(shell git ls-files --cached --others --exclude-standard $(ui))) openapi.yaml
pages = functions/web/dist/.built

.DEFAULT_GOAL := help
.PHONY: help pages no-pages build run test ui-test browser-test patience api-fuzz clients sam invoke deploy check format-check vet staticcheck lint-template rights race fuzz bench clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

pages: $(pages) ## build the pages into functions/web/dist; needs Node.js 20.19 or later

$(pages): $(ui_sources) $(ui)/node_modules/.installed
	@cd $(ui) && npm run --silent build
	@touch $@

$(ui)/node_modules/.installed: $(ui)/package-lock.json
	@cd $(ui) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The API needs no pages. Without Node.js /m/ and /console/ answer that they are not built.
no-pages:
	@echo "The pages are not built: there is no npm. The API does without."

# One go build for all functions compiles shared packages once and links several
# binaries at a time. It names each binary after its folder. Lambda wants each in a
# folder of its own, under the name bootstrap. A binary that is the same as before is
# not replaced.
build: $(if $(shell command -v npm),$(pages),no-pages) ## build every function into build/<function>/bootstrap
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

test: ## vet and quick tests, with DynamoDB Local if it is available
	$(alike) vet ./...
	@$(alike) build -o build/bin/local ./cmd/local
	$(with_dynamodb) -optional -- env $(alike) test ./...
	@$(alike) run ./cmd/samtest missing

ui-test: build ## the pages: types, logic, and every flow in a browser against the whole system
	@$(alike) build -o build/bin/local ./cmd/local
	@cd $(ui) && npm run --silent check && npm test --silent && npm run --silent e2e

browser-test: build $(ui)/test/browsers/node_modules/.installed ## both pages in Chromium 83, 109 and today's, Firefox ESR and WebKitGTK
	@$(alike) build -o build/bin/local ./cmd/local
	@cd $(ui) && npm run --silent browsers

# These packages carry browsers. What they would run when they are installed fetches others.
$(ui)/test/browsers/node_modules/.installed: $(ui)/test/browsers/package-lock.json
	@cd $(ui)/test/browsers && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

patience: ## break each call of each flow on its way to the table, and see what the caller gets
	@$(alike) build -o build/bin/local ./cmd/local
	PATIENCE=1 $(with_dynamodb) -- env $(alike) test -count=1 -v -parallel 4 -timeout 15m -run TestPatience ./cmd/local

api-fuzz: build ## send what schemathesis makes of openapi.yaml to the running system, valid and invalid; SEED=2 sends other requests
	@$(alike) build -o build/bin/apifuzz ./cmd/apifuzz
	@build/bin/apifuzz

clients: build ## generate clients of the API in Kotlin, Java, TypeScript and Python, and let each sign in; Swift and Dart are only generated
	@$(alike) build -o build/bin/clients ./cmd/clients
	@build/bin/clients

sam: pages ## run every function, and one whole flow, under AWS SAM in Lambda's container (docs/sam.md)
	SAM=1 $(alike) test -count=1 -v -timeout 30m -run TestSAM ./shared/dev/samtest

invoke: ## run one function alone in Lambda's container: F=login, E=another-event.json
	@$(alike) run ./cmd/samtest invoke $(F) $(E)

# The version that is deployed consists of the commit and the time. So each deployment
# releases every function anew, even if only a setting or a secret has changed
# (template.yaml says why). SAM CLI cannot add parameters to those that the
# stage has in samconfig.toml, so sed writes a copy of that file with three more.
# BY_STEPS=false shifts all traffic at once, even while an alarm is up.
deploy: pages ## build for a stage of samconfig.toml and deploy it: STAGE=dev or prod
	@grep -q '^\[$(STAGE).deploy.parameters\]' samconfig.toml || { echo "STAGE=dev or STAGE=prod, not $(STAGE)"; exit 1; }
	@mkdir -p .aws-sam
	@version="$$(git describe --always --dirty)+$$(date -u +%Y%m%d%H%M%S)"; release=$$(printf %s "$$version" | git hash-object --stdin | cut -c1-10); \
	sed 's/"Stage=$(STAGE)",/& "Version='"$$version"'", "Release='"$$release"'", "BySteps=$(BY_STEPS)",/' samconfig.toml > .aws-sam/samconfig.toml
	CGO_ENABLED=0 GOFLAGS='$(build_flags)' $(sam) build --config-env $(STAGE) --config-file $(CURDIR)/.aws-sam/samconfig.toml
	$(sam) deploy --config-env $(STAGE) --config-file $(CURDIR)/.aws-sam/samconfig.toml

check: format-check vet staticcheck lint-template rights race fuzz ## all that a change must pass; what CI runs

format-check:
	@unformatted=$$(git ls-files --cached --others --exclude-standard '*.go' | xargs -r ls -d 2>/dev/null | xargs -r gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "gofmt -w needed:"; echo "$$unformatted"; exit 1; fi

vet:
	$(alike) vet ./...

staticcheck:
	$(alike) tool staticcheck ./...

# Without Python it is skipped, unless REQUIRE_SAM=1.
lint-template:
	@$(alike) run ./cmd/samtest lint

# Without Python and Node it is skipped, unless REQUIRE_SAM=1.
rights: ## ask an evaluator of IAM policies whether each function may do what it does, and nothing that is forbidden to it
	@$(alike) run ./cmd/samtest rights

# -vet=off: make check has vetted the code already. -race=false compiles argon2 without
# the race detector, with which a hash takes several times as long; two hashes share no
# memory. Without this flag there is no error: the tests only take longer. Do not give
# it to other packages: races in their code would not be reported.
race:
	@$(alike) build -o build/bin/local ./cmd/local
	REQUIRE_DYNAMODB=1 $(with_dynamodb) -- $(GO) test -race -gcflags=golang.org/x/crypto/argon2=-race=false -vet=off -timeout 40m ./...

# go test can fuzz only one function of one package at a time.
fuzz:
	@set -e; git ls-files --cached --others --exclude-standard '*_test.go' | xargs -r grep -Hos '^func Fuzz[A-Za-z0-9_]*' | while IFS=: read -r file func; do \
		echo "fuzz $${func#func } in $$(dirname $$file)"; \
		$(alike) test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(fuzz_time) ./$$(dirname $$file); \
	done

bench: build $(if $(PEER)$(filter-out page,$(BENCH)),,$(ui)/test/browsers/node_modules/.installed) ## measure starts, flows, cpu, pinyin, work at size, memory, passwords, spreadsheets, loads of files, timing, load and the first page; BENCH=<part> one of them; AGAINST=<revision> compares with it, PEER=keycloak with Keycloak
	@$(alike) build -o build/bin/ ./cmd/bench/floor
	@$(alike) build -o build/bin/ ./cmd/bench ./cmd/register
	@build/bin/bench

clean: ## remove what was built
	rm -rf build
