# The commands people type. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Release binaries carry the Swift runtime, so that they run on a machine without the toolchain.
RELEASE := -c release --static-swift-stdlib
STACK := .build/release/stack
ONLY ?=

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: packages
packages: ## install the Debian packages that are missing (quick when none is)
	@deploy/install-packages

.PHONY: build
build: packages ## build everything in release
	swift build $(RELEASE) -Xlinker -s

.PHONY: up
up: build ## build, start everything, play the loop at the first start; the stack keeps running
	@$(STACK) up

.PHONY: down
down: ## stop everything that `make up` started; the state stays
	@if [ -x $(STACK) ]; then $(STACK) down; else echo "Nothing is built, so nothing runs."; fi

.PHONY: status
status: ## each process, its health, its stream lags and queue depths
	@$(STACK) status

.PHONY: demo
demo: ## play the loop on the running stack
	@$(STACK) demo

.PHONY: logs
logs: ## follow all logs
	@tail -n 20 -F $${CIRCLE_HOME:-.circle}/log/*.log

.PHONY: test
test: ## everything that must hold: lint, build, unit, live, deployment, the whole loop, crashes
	@deploy/checks/all

.PHONY: lint
lint: ## format and imports
	@deploy/checks/format
	@deploy/checks/imports

.PHONY: format
format: ## format the sources in place
	swift format --in-place --recursive --parallel Package.swift Shared Services Tests

.PHONY: unit
unit: ## tests that need no server; `make unit ONLY=Name` for some
	swift test $(if $(ONLY),--filter $(ONLY),--skip Live)

.PHONY: live
live: ## tests on a real redis-server and docstore
	swift test --filter '$(if $(ONLY),$(ONLY),Live)'

.PHONY: manifests
manifests: ## validate docker-compose.yml, Dockerfile and k8s/
	@deploy/install-packages --test
	@deploy/checks/manifests

.PHONY: e2e
e2e: ## the whole loop and every error through the gateway, on a stack of its own
	@deploy/checks/end-to-end

.PHONY: sanitize
sanitize: ## unit and live tests under the thread and the address sanitizer
	@deploy/checks/sanitize

.PHONY: chaos
chaos: ## 100,000 votes under fifty kills, 10,000 simulated seeds, crash campaigns and soaks in full size
	@deploy/checks/chaos

.PHONY: fuzz
fuzz: ## libFuzzer with the address sanitizer over the parsers
	@deploy/checks/fuzz

.PHONY: bench
bench: ## benchmarks with their peers; `make bench ONLY=name` for one
	@deploy/checks/bench $(ONLY)
