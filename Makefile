# The verbs of Weir. None needs another run before it; scripts/ holds what is longer than a line.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The command that shows the JVM which classes to lay out beforehand, for a quick start.
WARM_UP := warm-up
SHELL_SCRIPTS := .ci/run bpf/compile.sh scripts/test-jvm/bin/java $(filter-out scripts/test-jvm scripts/readme %.java,$(wildcard scripts/*))
# With the directories, so that a file that went is noticed too.
SOURCES := Makefile LICENSE NOTICE $(shell find pom.xml .mvn scripts LICENSES policies/examples policies/policy.schema.json */pom.xml */src/main \
	bpf/compile.sh bpf/include bpf/programs policies/policy.schema.json 2>/dev/null)

.PHONY: help
help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: ## install what is missing to build and test (apt, as root), find a JDK 25
	@scripts/setup

.PHONY: build
build: dist/.built ## make dist/, started by dist/bin/weir

dist/.built: $(SOURCES) | setup
	@echo "build: compiling"
	@rm -rf agent/target/lib
	@scripts/mvn package -pl agent -am -DskipTests
	@scripts/dist $(WARM_UP)

.PHONY: test
test: setup ## run all tests; those of the kernel need root (TRIES=100000: so many cases a property)
	@TRIES=$(TRIES) scripts/test

.PHONY: check
check: setup ## compile strictly; check the format of Java and C, and the scripts
	@scripts/mvn spotless:check test-compile
	@scripts/c-format --check
	@shellcheck $(SHELL_SCRIPTS)
	@echo "check: all is well"

.PHONY: fmt
fmt: setup ## format Java and C
	@scripts/mvn spotless:apply
	@scripts/c-format

.PHONY: golden
golden: setup ## rewrite the expected files of the golden tests; look at the difference before you commit it
	@[ "$$CI" != true ] || { echo "golden: expected files are not rewritten where CI=true" >&2; exit 2; }
	@scripts/mvn test -pl agent -am -Dweir.golden=write

.PHONY: demo
demo: build ## show the main job on a lab of namespaces (as root), then remove it
	@dist/bin/weir demo

.PHONY: readme
readme: build ## paste README's commands into shells (as root), and hold it to what it says that they print
	@scripts/readme

.PHONY: benchmarks
benchmarks: setup
	@rm -rf benchmarks/target/lib
	@scripts/mvn package -pl benchmarks -am -DskipTests

.PHONY: bench
bench: build benchmarks ## measure, and keep the report in benchmarks/results (BENCH='path stages rules table search wire ways addresses peers agent scale restart flows reload jmh': only these)
	@scripts/bench dev.weir.benchmarks.Main full $(BENCH)

.PHONY: bench-quick
bench-quick: build benchmarks ## measure each thing for a moment: does it work, is anything far off (BENCH as above, or what matters most)
	@scripts/bench dev.weir.benchmarks.Main quick $(BENCH)

.PHONY: prove
prove: setup ## try as hard as can be to break what Weir promises (as root), figures to docs/reliability.md (TEST=Some: only this)
	@scripts/prove prove -Dweir.prove=true $(if $(TEST),-Dtest=$(TEST))

.PHONY: soak
soak: setup ## let everything happen at once (as root): MINUTES=3, or hours; the figures go to docs/reliability.md too
	@scripts/prove soak -Dweir.soak.minutes=$(or $(MINUTES),3)

.PHONY: ci
ci: check test demo readme ## all that must hold before a change lands; .ci/run calls it

.PHONY: clean
clean: ## remove all that was built
	@rm -rf dist dist.new */target
