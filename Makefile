BENCH = .
TIME = 2s
KILLS = 200
ROUNDS = 2000
TRIALS = 10000
FUZZTIME = 60s
EXAMPLES = 50
SEED =
SEEDS =
SIZE = large

.PHONY: help check test run demo access screenshots bench crash mutants sim storm interleavings fuzz fuzz-api build

help: ## what can be made (this list)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s  %s\n", $$1, $$2 }' Makefile

check: ## every lint of CI, without the tests
	@scripts/check.sh

test: ## the whole suite on SQLite and PostgreSQL; part of it: ARGS='-run X ./models'
	@scripts/postgres.sh scripts/test.sh $(ARGS)

run: ## serve on SQLite, in handrail.db
	go run . serve

demo: ## an invented clinic to look at: a phone, a counselor's day, pushes within seconds
	go run . demo

access: ## docs/access.md, who gets what, as the test that tries every request as everybody finds it
	HANDRAIL_TEST_WRITE_ACCESS=1 go test -run TestEachRouteGives -count=1 ./apitest

screenshots: ## the pictures in docs/, taken by the test that drives the demo's pages in Chromium
	HANDRAIL_TEST_REQUIRE_BROWSER=1 HANDRAIL_TEST_SCREENSHOTS=$(CURDIR)/docs scripts/test.sh -run TestPages -count=1 .

bench: ## benchmarks, PostgreSQL writing to disk: BENCH=pattern TIME=2s (or 100x)
	HANDRAIL_TEST_POSTGRES_DURABLE=1 scripts/postgres.sh go test -run '^$$' -bench '$(BENCH)' \
		-benchtime '$(TIME)' -benchmem -timeout 2h $$(scripts/packages-with.sh Benchmark)

crash: ## nodes that are killed, stand still, share 50,000 pushes or have a wrong clock: KILLS=200
	HANDRAIL_TEST_KILLS=$(KILLS) HANDRAIL_TEST_POSTGRES_DURABLE=1 scripts/postgres.sh \
		go test -run 'TestKill|TestS4_|TestS5_|TestS15_|TestANode' -count=1 -timeout 60m -v .

mutants: ## plant small wrong changes in a copy of the tree; each must be caught: ARGS='lane fence'
	@scripts/postgres.sh go run -buildvcs=false ./scripts/mutants $(ARGS)

sim: ## a clinic through weeks of virtual time and trouble, by an oracle of its own: SIZE=small SEEDS=200, or one again: SEED=123
	HANDRAIL_TEST_SIZE=$(SIZE) HANDRAIL_TEST_SEED=$(SEED) HANDRAIL_TEST_SEEDS=$(or $(SEEDS),$(if $(SEED),1,500)) \
		GOGC=400 go test -run 'Clinic|SameSeed' -count=1 -timeout 24h -v ./simtest

storm: ## sixteen write at once and a phone reads the feed, again and again: ROUNDS=2000
	HANDRAIL_TEST_ROUNDS=$(ROUNDS) scripts/postgres.sh go test -run 'TestWhileSixteen.*/postgres' -count=1 -timeout 2h -v ./apitest

interleavings: ## a client puts a stop to pushes at every moment of a worker's work: TRIALS=10000 on each database, SEED=1
	HANDRAIL_TEST_INTERLEAVINGS=$(TRIALS) HANDRAIL_TEST_SEED=$(or $(SEED),1) scripts/postgres.sh \
		go test -run TestNothingIsSentWhoseCheckBegan -count=1 -timeout 12h -v ./apitest

fuzz: ## every fuzz target in turn: FUZZTIME=60s each
	@scripts/fuzz.sh $(FUZZTIME)

fuzz-api: ## Schemathesis against a live server, as every role on both databases: EXAMPLES=50 SEED=1
	@scripts/postgres.sh scripts/fuzz-api.sh $(EXAMPLES) $(or $(SEED),1)

build: ## the binary to install, ./handrail
	CGO_ENABLED=1 go build -trimpath -tags nomsgpack,disable_grpc_modules -o handrail .
