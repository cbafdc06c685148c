# What there is to do with Jeton. `make help` lists it.

CARGO ?= cargo
export CARGO_TERM_PROGRESS_WHEN ?= never
# Most tests wait for programs that they started: two at once for each processor.
export RUST_TEST_THREADS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))

.DEFAULT_GOAL := help
.PHONY: help demo test prepare lint deny unit screenshots bench bench-peers fuzz

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \t\2/p' $(MAKEFILE_LIST) | expand -t 24

demo: ## build and run the demonstration: authority, gate and a sample API, on loopback, with fresh data
	@$(CARGO) run --locked --quiet --package jeton -- demo

test: prepare lint unit ## install what is missing, check the form, run all tests

prepare: ## install what the tests start (PostgreSQL, proxies, Chromium, client libraries …), or say what is missing
	@./.ci/prepare

lint: ## check the formatting and the lints; with cargo-deny installed, licences, bans and sources by it too
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets --quiet -- -D warnings
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny --log-level error check licenses bans sources; fi

unit: ## run all tests to the end, documentation tests included, and list what failed
	$(CARGO) test --locked --workspace --quiet --no-fail-fast

screenshots: prepare ## write docs/screenshots anew, to be looked at before they are committed
	$(CARGO) test --locked --workspace --quiet --test dashboard -- --ignored pictures_for_the_documents

deny: ## check licences, bans, sources and advisories with cargo-deny (advisories need the network)
	@command -v cargo-deny >/dev/null || { echo "cargo-deny is missing: cargo install --locked cargo-deny" >&2; exit 1; }
	$(CARGO) deny check licenses bans sources
	$(CARGO) deny check advisories

bench: ## measure everything against bare servers (about 15 minutes); ROWS="verify jwt" for some rows
	$(CARGO) build --locked --release --quiet --package jeton-bench --package jeton
	./target/release/jeton-bench $(ROWS)

bench-peers: ## install what the benches compare with: nginx, HAProxy, Caddy, Envoy, Glewlwyd and npm's oidc-provider
	@./.ci/prepare bench

fuzz: ## fuzz every parser of hostile bytes under libFuzzer, FUZZ_SECONDS=30 each; TARGETS="jwt path" for some
	@./fuzz/run $(or $(FUZZ_SECONDS),30) $(TARGETS)
