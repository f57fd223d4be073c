# The two commands: `make run` and `make test`. Both install what they need into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000

.PHONY: run test test-web test-long lint format bench install lock web types pictures clean

run: install web
	@$(BIN)/rapport demo --host $(HOST) --port $(PORT)

# All tests in their short form; ROOM=segments: those of one room and of what stands on it.
test: install web browser sdks
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not long" $(if $(ROOM),$$($(BIN)/python tools/rooms.py $(ROOM)))

# Everything in a browser, at both widths: for whoever changed the web app.
test-web: install web browser sdks
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder tests/web

# Soak, crash and property tests in full length.
test-long: install web browser sdks
	@RAPPORT_TESTS=whole $(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

# Format, lint, strict types, floors of the house, the web app's types, tenant scope.
lint: install
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/python tools/tenant_scope.py rapport
	@$(BIN)/python tools/floors.py --check
	@$(BIN)/python tools/connectors.py --check
	@$(BIN)/python tools/web_types.py --check
	@found=$$($(BIN)/lint-imports --no-logo) || { echo "$$found"; exit 1; }
	@$(BIN)/mypy --no-error-summary

format: install
	@$(BIN)/ruff check -q --fix . || true
	@$(BIN)/ruff format -q .

bench: install
	@$(BIN)/python -m benchmarks

install: $(VENV)/.installed
# A virtual environment holds absolute paths, so one that was moved with its folder is made anew.
$(VENV)/.installed: pyproject.toml constraints.txt $(if $(filter $(CURDIR),$(shell cat $(VENV)/.place 2>/dev/null)),,moved)
	@rm -rf $(if $(filter $(CURDIR),$(shell cat $(VENV)/.place 2>/dev/null)),,$(VENV))
	@echo "Installing Rapport into $(VENV) (a minute or two the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@pwd > $(VENV)/.place
	@touch $@
.PHONY: moved

# The newest release of every package, written down as what `make install` takes from now on.
lock: | install
	@$(BIN)/python -m pip install -q --disable-pip-version-check --upgrade --upgrade-strategy eager -e '.[dev]'
	@$(BIN)/python -m pip freeze --disable-pip-version-check --exclude-editable | grep == > constraints.txt

# The web app is built once, and again when a source of it changes; its packages are installed when their list changes.
web: web/dist/index.html
web/node_modules/.installed: web/package.json web/package-lock.json | install
	@$(BIN)/python tools/node.py --prefix web ci --no-audit --no-fund --loglevel=error
	@touch $@
web/dist/index.html: web/node_modules/.installed $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null) | install
	@echo "Building the web app ..."
	@$(BIN)/python tools/node.py --prefix web run --silent build -- --logLevel warn
	@touch $@

# What the web app knows of the API, from its declarations.
types: install web/node_modules/.installed
	@$(BIN)/python tools/web_types.py

# Every page at two widths, light and dark, into build/pictures.
pictures: install web browser
	@$(BIN)/python tools/pictures.py

# The browser tests drive the system's Chromium, best without its window (chromium-headless-shell: a quarter less time);
# Debian packages both, and the registries that pip and npm use don't.
.PHONY: browser sdks
browser:
	@command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
		test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "Installing Chromium for the browser tests ..." && \
		apt-get update -qq && export DEBIAN_FRONTEND=noninteractive && \
		{ apt-get install -qq -y chromium-headless-shell || apt-get install -qq -y chromium; } >/dev/null; } || \
		echo "No Chromium: the browser tests will be skipped (install the package chromium to run them)."

# Official SDKs of earlier years, each in a folder with all it needs: they disagree about their packages; and Node's.
SDKS := 14.0.0 18.0.0
NODE_SDK := 23.0.0
sdks: $(SDKS:%=$(VENV)/sdks/%/.installed) $(VENV)/sdks/node/.$(NODE_SDK)
$(VENV)/sdks/node/.$(NODE_SDK): | $(VENV)/.installed
	@echo "Installing the SDK for Node $(NODE_SDK) for the tests ..."
	@rm -rf $(@D) && mkdir -p $(@D)
	@$(BIN)/python tools/node.py --prefix $(@D) install --no-audit --no-fund --loglevel=error klaviyo-api@$(NODE_SDK) >/dev/null
	@touch $@
$(VENV)/sdks/%/.installed: | $(VENV)/.installed
	@echo "Installing the SDK $* for the tests ..."
	@rm -rf $(@D)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --root-user-action ignore --target $(@D) klaviyo-api==$*
	@touch $@

clean:
	@rm -rf $(VENV) web/dist web/node_modules build *.egg-info
