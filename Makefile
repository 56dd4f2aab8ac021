# Needs Python 3.11 or newer, make and a package index; everything else goes into .venv.

PYTHON ?= python3
BIN := .venv/bin
INTEROP := .venv-interop
BENCH := .venv-bench
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup demo batch sample lint test browsers screenshots vectors pages interop bench instructions wheels airgap airgap-proof lock single clean

setup: .venv/stamp

.venv/stamp: requirements-dev.txt pyproject.toml recorder/pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --requirement requirements-dev.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable . --editable ./recorder
	touch $@

# A real run of this project's own build procedure: authored, performed, sealed, signed off, verified at each stage.
demo: setup
	$(BIN)/python recorder/examples/demo.py

# A batch under GxP, closed by people on machines of their own.
batch: setup
	$(BIN)/python recorder/examples/batch/batch.py

# The sample of docs/sample: the same batch, each byte the same each time, and its pages. A test compares them.
sample: setup
	$(BIN)/python docs/sample/make.py

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# The verifier's tests cover all of it; those that only try more of the same, those of other programs and pages, and the
# recorder's, run without the tracing, which would triple their time.
UNTRACED := tests/recorder tests/test_monotone.py tests/test_owed_random.py tests/test_identical.py tests/test_cost.py \
	tests/test_packaging.py tests/test_distributions.py tests/test_sample.py tests/test_view_vectors.py \
	tests/test_memory_costs.py tests/test_tamper.py tests/test_demo.py tests/test_guides.py \
	tests/test_javascript.py tests/test_javascript_cases.py tests/test_javascript_sources.py

test: setup browsers lint
	$(BIN)/pytest tests --ignore tests/browser $(UNTRACED:%=--ignore %) --numprocesses auto --dist loadgroup --cov --cov-report term
	$(BIN)/pytest $(UNTRACED) --numprocesses auto --dist loadgroup
	$(BIN)/pytest tests/browser --numprocesses 2 --dist loadgroup
	$(MAKE) interop

# Chromium and Firefox for the tests of the page: found, or installed with apt.
browsers: .venv/browsers

.venv/browsers: packaging/browsers.py | .venv/stamp
	$(BIN)/python packaging/browsers.py
	touch $@

screenshots: setup browsers
	PYTHONPATH=tests:packaging $(BIN)/python tests/browser/screenshots.py

vectors: setup
	$(BIN)/python testvectors/generate.py --check

# What is generated and committed: vectors and Appendix A, requirement matrix, schema of policies, sample. Tests compare it.
pages: setup
	$(BIN)/python testvectors/generate.py
	$(BIN)/python docs/requirements.py
	$(BIN)/opsproof-verify policy schema > policies/schema.tmp
	mv policies/schema.tmp policies/policy-1.schema.json
	$(MAKE) sample

# Wheel and sdist of both distributions, the same bytes each time.
wheels: setup
	$(BIN)/python packaging/wheels.py

# The kit for a machine without a network. KEY=FILE signs it; PLATFORMS="..." and PYTHONS="..." choose what it is for.
airgap: setup
	$(BIN)/python packaging/airgap.py --platforms "$(PLATFORMS)" --pythons "$(PYTHONS)" $(if $(KEY),--key "$(KEY)")

# INSTALL.txt of that kit, followed without a network. Tests do the same with a kit for their own machine.
airgap-proof: setup
	$(BIN)/python packaging/proof.py build/airgap

# The wheels that a kit may have, by their hashes; after a change of packaging/requirements.in.
lock: setup
	$(BIN)/python packaging/lock.py

# The verifier as one file, for this platform and this version of Python.
single: setup
	$(BIN)/python packaging/single.py

# cwt wants a cbor2 older than ours, so it lives apart: what it verifies was not written by the code that it checks.
interop: demo $(INTEROP)/stamp
	$(INTEROP)/bin/python tests/interop/verify_cwt.py build/demo/run.opb build/demo/keys/*.pub
	$(BIN)/python tests/interop/make_sample.py $(INTEROP)/sample.opb > $(INTEROP)/keys
	$(INTEROP)/bin/python tests/interop/verify_cwt.py $(INTEROP)/sample.opb @$(INTEROP)/keys

$(INTEROP)/stamp: requirements-interop.txt
	$(PYTHON) -m venv $(INTEROP)
	$(INTEROP)/bin/pip install --quiet --requirement requirements-interop.txt
	touch $@

# What verifying costs, beside other tools, which live apart; takes the better part of an hour and 12 GiB of disk.
bench: demo $(BENCH)/stamp
	$(BIN)/python -m compileall -q opsproof_verify
	$(BIN)/python benchmarks/bench.py $(BENCHFLAGS)

# What an entry and a MiB of evidence cost in instructions, compared with what is noted; needs valgrind.
instructions: setup
	$(BIN)/python benchmarks/instructions.py

$(BENCH)/stamp: benchmarks/requirements.txt
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/pip install --quiet --requirement benchmarks/requirements.txt
	touch $@

clean:
	rm -rf .venv .venv-bench $(INTEROP) .coverage* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
