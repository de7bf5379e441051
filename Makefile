# `make run` and `make test` set everything up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The build of PyTorch is chosen for this machine. To take one of another index:
#   make run TORCH_INDEX=https://download.pytorch.org/whl/cu126
TORCH_INDEX ?=
TORCH := $(shell sed -n 's/^torch==//p' constraints.txt)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --constraint constraints.txt
HOW_TO := Debian and Ubuntu: sudo apt install python3-venv. Fedora: sudo dnf install python3. \
	Arch: sudo pacman -S python. macOS: brew install python. Then run make again.

.PHONY: run test check clean

run: $(VENV)/installed
	@echo "== Plug-ins"
	@$(BIN)/draggan plugins install
	@echo "== Demonstration"
	@$(BIN)/draggan demo

test: check
	@$(BIN)/python -m tests.hosts.system
	$(BIN)/python -m pytest

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# An environment that is half made, or whose Python is gone, is made anew.
ifneq ($(shell $(BIN)/python -c 'import pip' 2>/dev/null && echo whole),whole)
.PHONY: $(BIN)/python
endif

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed. $(HOW_TO)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; give one by: make run PYTHON=python3.11")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make an environment: its venv is not installed. $(HOW_TO)"; exit 1; }
	@rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/installed: $(BIN)/python pyproject.toml constraints.txt
	@echo "== Installing (PyTorch is the large one)"
	$(PIP) torch==$(TORCH) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX),$$($(BIN)/python -m draggan_server.torch_build $(TORCH)))
	$(PIP) --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(PIP) --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
