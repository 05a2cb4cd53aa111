# mailca: every target says what it does with `make help`.

PREFIX  ?= /usr/local
DESTDIR ?=
# Where systemd looks for units of what the administrator installed.
UNITS   ?= $(PREFIX)/lib/systemd/system
SWIFT   ?= swift

# What a build needs beside the Swift toolchain, as Debian names it.
BUILD_PACKAGES = libssl-dev libsqlite3-dev libidn2-dev pkg-config
# What the tests need beside that: other implementations to hold our output against, and tools to break it with.
TEST_PACKAGES  = openssl strace python3 python3-venv gnutls-bin libnss3-tools openjdk-17-jre-headless \
                 util-linux bsdutils procps

SUDO    = $(if $(filter 0,$(shell id -u)),,sudo)
# The tests need no debug information, and build sooner without it.
PLAIN   = -Xswiftc -gnone
# Linked for a quick start: the C++ library that Swift needs inside, and at a fixed address (see docs/benchmarks.md).
STATIC  = $(CURDIR)/.build-static
RELEASE = -c release --static-swift-stdlib --product mailca -Xlinker -L$(STATIC) -Xlinker -no-pie
# Public path-validation suites with a program that runs them; they are no part of the project.
CONFORMANCE ?= ../shared/conformance
DEMO    = $(CURDIR)/demo
# How long each parser is fuzzed, and which; all of them without.
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?=

.DEFAULT_GOAL = help
.PHONY: help demo test conformance soak fuzz asan build install format lint docs findings bench clean build-packages test-packages

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Installs those of $(1) that are missing, and says so.
define install_missing
	@missing=; for package in $(1); do \
	    [ "$$(dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null)" = installed ] || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	    echo "Installing what is missing:$$missing"; \
	    $(SUDO) apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
endef

build-packages:
	$(call install_missing,$(BUILD_PACKAGES))

test-packages:
	$(call install_missing,$(TEST_PACKAGES))

demo: build-packages ## build, and make a CA, a server's and two users' certificates in ./demo
	@echo "Building mailca (some minutes the first time) ..."
	@$(SWIFT) build $(PLAIN) --product mailca
	@Tests/demo "$$($(SWIFT) build --show-bin-path)/mailca" "$(DEMO)"

test: build-packages test-packages ## install what the tests need, and run them all
	Tests/interop/prepare
	@if [ "$$(id -u)" = 0 ]; then \
	    Tests/daemons/prepare && \
	    $(SWIFT) build $(PLAIN) --build-tests && \
	    Tests/failures-last Tests/in-memory $(SWIFT) test $(PLAIN) --skip-build; \
	else \
	    echo "The tests with real mail servers need root: run 'sudo make test' for them too."; \
	    $(SWIFT) build $(PLAIN) --build-tests && \
	    Tests/failures-last Tests/in-memory $(SWIFT) test $(PLAIN) --skip-build --skip ServerTests; \
	fi

soak: build-packages test-packages ## every kill and failing write, broken files by the thousand, five years and a larger crowd (over an hour)
	MAILCA_MUTATIONS=20000 MAILCA_SEED=$$(od -An -N6 -tu8 /dev/urandom | tr -d ' ') \
	    Tests/in-memory $(SWIFT) test $(PLAIN) --filter MalformedInputTests
	MAILCA_SOAK=1 Tests/in-memory $(SWIFT) test $(PLAIN) \
	    --filter 'FiveYearsTests|InterruptionTests|BackupCommandTests|RandomKillTests|CrowdTests|RevocationListSizeTests'

conformance: build-packages ## hold path validation against public suites, which lie in $(CONFORMANCE)
	$(call install_missing,python3)
	@[ -f "$(CONFORMANCE)/run.py" ] || { \
	    echo "There are no suites in $(CONFORMANCE) (no run.py): say where with make conformance CONFORMANCE=DIR." >&2; exit 1; }
	@$(SWIFT) build $(PLAIN) --product mailca
	@Tests/conformance "$$($(SWIFT) build --show-bin-path)/mailca" "$(CONFORMANCE)"

fuzz: build-packages ## give every parser broken input, each for FUZZ_SECONDS=60 (libFuzzer with the address sanitizer)
	@Tests/fuzz/run "$(SWIFT)" "$(FUZZ_SECONDS)" $(FUZZ_TARGETS)

asan: build-packages test-packages ## the library's tests with the address sanitizer, leaks included
	$(SWIFT) build $(PLAIN) --build-tests --sanitize=address --scratch-path .build-asan
	Tests/in-memory Tests/sanitizer/run $(SWIFT) test $(PLAIN) --skip-build --sanitize=address --scratch-path .build-asan

build: build-packages ## the optimised program, for installing
	@mkdir -p $(STATIC)
	@library=$$(gcc -print-file-name=libstdc++.a) && [ ! -f "$$library" ] || ln -sf "$$library" $(STATIC)/
	$(SWIFT) build $(RELEASE)

install: build ## install the program and its timer under $(PREFIX), in $(DESTDIR)
	install -D -s -m 0755 "$$($(SWIFT) build $(RELEASE) --show-bin-path)/mailca" "$(DESTDIR)$(PREFIX)/bin/mailca"
	install -d "$(DESTDIR)$(UNITS)"
	for unit in service timer; do \
	    sed "s|@BINDIR@|$(PREFIX)/bin|" ca-layout/systemd/mailca-maintain.$$unit > "$(DESTDIR)$(UNITS)/mailca-maintain.$$unit" && \
	    chmod 0644 "$(DESTDIR)$(UNITS)/mailca-maintain.$$unit"; \
	done
	@echo "Once a day: systemctl enable --now mailca-maintain.timer (see docs/commands.md, maintain)"

bench: build ## measure against openssl (20 minutes, 4 GB of disk); the figures go into docs/benchmarks.md
	$(call install_missing,openssl)
	@mailca="$$($(SWIFT) build $(RELEASE) --show-bin-path)/mailca"; \
	Tests/bench/self-signed "$$mailca" && Tests/bench/million "$$mailca" && Tests/bench/verify "$$mailca" && \
	if [ -n "$(LIM)" ]; then Tests/bench/bulk "$$mailca" "$(LIM)"; \
	else echo "Certificates for a list are measured with make bench LIM=PROGRAM (see Tests/bench/bulk)."; fi

format: ## bring the sources into the common form
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests ca-layout

lint: ## say where the sources are not in the common form
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests ca-layout

docs: build-packages ## the library's reference, in docs/api
	@mkdir -p docs/api
	@for target in OpenSSLKit MailCA SQLiteLedger MailLayouts MailVerify; do \
	    $(SWIFT) package --allow-writing-to-directory docs/api generate-documentation --target $$target \
	        --warnings-as-errors --output-path docs/api/$$target || failed=1; \
	done; [ -z "$$failed" ]

findings: build-packages ## docs/findings.md, from the code
	$(SWIFT) build $(PLAIN) --product mailca
	"$$($(SWIFT) build --show-bin-path)/mailca" verify --list-findings > docs/findings.md

clean: ## remove what was built
	rm -rf .build .build-static .build-interop .build-daemons .build-asan .build-fuzz demo docs/api
