# `make help` lists what there is. Paths are relative throughout, so that the project may lie in a folder with spaces.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
PYTHON ?=
PORT ?= 8000
T ?=
ONLY ?=

.PHONY: help install packages up test check bench fmt shell reset

help: ## Show this list
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/\1|\2/p' Makefile | while IFS='|' read -r target does; do
		printf '  make %-9s %s\n' "$$target" "$$does"
	done

up: install ## Open the whole shop; Ctrl-C closes it [PORT=8000]
	@$(PY) -m config.up --port '$(PORT)'

test: install ## Run the tests [T="tests/crm -k mail"]
	@if [ -n "$(T)" ]; then $(PY) -m pytest $(T); else $(PY) -m tests; fi

bench: install ## Run the benchmarks, side by side with what they are compared to [ONLY=name]
	@$(PY) -m benchmarks $(if $(ONLY),--only '$(ONLY)')

fmt: install ## Put the code into shape
	@$(PY) -m ruff check --fix . || true
	$(PY) -m ruff format .

shell: install ## Open Django's shell
	@$(PY) manage.py shell

install: packages ## Make .venv with everything in it (does nothing while requirements.txt is as it was)
	@if [ ! locale/tr/LC_MESSAGES/django.mo -nt locale/tr/LC_MESSAGES/django.po ]; then
		$(PY) -m config.translations compile
	fi

# The stamp is a copy of requirements.txt: its content decides, not its date, which git changes at every checkout.
packages:
	@if cmp -s requirements.txt .venv/installed && $(PY) -c pass 2>/dev/null; then exit 0; fi
	say() { printf '%s\n' "make install: $$1" >&2; }
	python=
	for name in "$(PYTHON)" python3 python3.13 python3.12 python3.11; do
		if [ -n "$$name" ] && "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
			python=$$name
			break
		fi
	done
	if [ -z "$$python" ]; then
		say "Esnaf needs Python 3.11 or newer; here is $$(python3 --version 2>/dev/null || echo 'none')."
		say "Install one (Debian, Ubuntu: sudo apt install python3 python3-venv) or name yours: make install PYTHON=/path/to/python3"
		exit 1
	fi
	if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then
		version=$$("$$python" -c 'import sys; print("{}.{}".format(*sys.version_info))')
		say "this Python cannot make a virtual environment; Debian and Ubuntu keep that in a package of its own:"
		say "sudo apt install python$$version-venv"
		exit 1
	fi
	began=$$SECONDS
	if ! $(PY) -m pip --version >/dev/null 2>&1; then
		echo "  … making .venv with $$("$$python" --version)"
		"$$python" -m venv --clear .venv
	fi
	rm -f .venv/installed
	count=0
	if ! $(PY) -m pip install --disable-pip-version-check --progress-bar off -r requirements.txt 2>.venv/errors |
		while read -r word _; do
			if [ "$$word" = Collecting ]; then count=$$((count + 1)); fi
			if [ -t 1 ]; then printf '  … %d packages\r' "$$count"; fi
		done
	then
		cat .venv/errors >&2
		say "pip could not install what requirements.txt lists; its reasons are above."
		exit 1
	fi
	cp requirements.txt .venv/installed
	printf '  ✓ %-22s%8.1f s\n' packages "$$((SECONDS - began))"

# All of them run, also after one has failed; what a failed one said is shown at once, the verdict at the end.
check: install ## Decide what needs no test: style, types, layers, migrations, translations, deployment, templates
	@failed=
	run() {
		name=$$1; shift
		began=$$SECONDS
		if said=$$("$$@" 2>&1); then
			printf '  ✓ %-22s%5d s\n' "$$name" "$$((SECONDS - began))"
		else
			printf '  ✗ %-22s%5d s\n%s\n\n' "$$name" "$$((SECONDS - began))" "$$said"
			failed="$$failed, $$name"
		fi
	}
	production=(env DEBUG=0 SECRET_KEY=5iZ0wQ8vN2yT7kLr3XbUe9JcMd6HsPfAqWgVx1RoEnB4tYhKzC
		SITE_URL=https://shop.example ALLOWED_HOSTS=shop.example SELLER_MERSIS=0123456789012345
		DATABASE_URL=postgresql://check@localhost/check REDIS_URL=redis://localhost:6379/0 EMAIL_URL=smtp://localhost:25)
	run style $(PY) -m ruff check .
	run format $(PY) -m ruff format --check .
	run types $(PY) -m mypy
	run layers .venv/bin/lint-imports
	run migrations $(PY) manage.py makemigrations --check --dry-run
	run translations $(PY) -m config.translations check
	run deployment "$${production[@]}" $(PY) manage.py check --deploy --fail-level WARNING
	run templates $(PY) manage.py check_templates
	if [ -n "$$failed" ]; then
		echo "make check: failed:$${failed#,}" >&2
		exit 1
	fi
	echo "make check: all is well."

reset: ## Throw away all data of this checkout (var/), after asking
	@if [ ! -d var ]; then echo "There is no var/."; exit 0; fi
	if ! flock --nonblock var/up.lock true 2>/dev/null; then
		echo "make reset: \`make up\` is running here: $$(cat var/up.lock)" >&2
		exit 1
	fi
	du -sh var
	read -r -p "Database, mails and uploads of this checkout will be gone. Type reset to go on: " answer || answer=
	if [ "$$answer" != reset ]; then echo "Nothing done."; exit 0; fi
	if [ -x $(PY) ]; then $(PY) -m config.services stop >/dev/null; fi
	rm -rf var
	echo "var/ is gone; \`make up\` makes it anew."
