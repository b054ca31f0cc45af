# Dealer CRM. `make run` and `make test` need python3 (3.11 or newer) with pip, and nothing else.

PY ?= python3
V := .venv
PIP := $(PY) -m pip --python $(V)/bin/python install --quiet --disable-pip-version-check \
	--require-hashes --no-deps --only-binary :all:
CHROMIUM := $(firstword $(foreach name,chromium chromium-browser google-chrome,$(shell command -v $(name))))
# What needs no secret of a real installation runs with the settings of the tests.
MANAGE := DJANGO_SETTINGS_MODULE=dealer_crm.test_settings $(V)/bin/python manage.py

.PHONY: help run test looks faults bench lint messages clean

help:
	@echo "make run       start the CRM here (HOST=127.0.0.1 PORT=8000)"
	@echo "make test      the tests, on every service that answers"
	@echo "make looks     every page in every look: judged by axe, pictures in var/looks"
	@echo "make faults    the tests that kill real processes"
	@echo "make bench     the figures"
	@echo "make lint      ruff, djade, the contract of the floors, migrations, translations"
	@echo "make messages  bring the translations up to date with the sources"
	@echo "make clean     remove what was installed and built; the database and .env stay"

run: $(V)/.run
	@$(V)/bin/python scripts/serve.py

test: $(V)/.test $(if $(CHROMIUM),$(V)/.browser)
	@$(V)/bin/python scripts/test.py $(TESTFLAGS)

looks: $(V)/.browser
	@mkdir -p var/looks
	@DATABASE_URL=sqlite://:memory: REDIS_URL= LOOKS=$(CURDIR)/var/looks \
		$(V)/bin/python -m pytest -q -n 2 -m browser tests/browser/test_every_page.py

faults: $(V)/.test
	@$(V)/bin/python scripts/test.py --faults $(TESTFLAGS)

bench: $(V)/.test
	$(V)/bin/python -m bench

lint: $(V)/.lint
	$(V)/bin/ruff check .
	$(V)/bin/ruff format --check .
	find templates -name '*.html' | xargs $(V)/bin/djade --target-version 5.2 --check
	$(V)/bin/lint-imports
	$(MANAGE) makemigrations --check --dry-run
	$(V)/bin/python scripts/check_translations.py

messages: $(V)/.run
	$(V)/bin/python scripts/check_translations.py --write

clean:
	rm -rf $(V) var/static var/queue .pytest_cache .ruff_cache .import_linter_cache

$(V)/bin/python:
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dealer CRM needs Python 3.11 or newer: make PY=python3.12 ...")'
	@$(PY) -m venv --without-pip $(V)

# Each list contains the one before it, so that all of them agree on versions.
$(V)/.run: requirements.txt
$(V)/.test: requirements-test.txt
$(V)/.browser: requirements-browser.txt
$(V)/.lint: requirements-lint.txt
$(V)/.run $(V)/.test $(V)/.browser $(V)/.lint: | $(V)/bin/python
	@echo "Installing $< into $(V) (a minute at most)"
	@$(PIP) -r $<
	@touch $@
