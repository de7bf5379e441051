# `make run` and `make test` set everything up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The build of PyTorch is chosen for this machine. To take one of another index:
#   make run TORCH_INDEX=https://download.pytorch.org/whl/cu126
TORCH_INDEX ?=
# Interpreters with which a release is tried out.
PYTHONS ?=
TORCH := $(shell sed -n 's/^torch==//p' constraints.txt)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --constraint constraints.txt
HOW_TO := Debian and Ubuntu: sudo apt install python3-venv. Fedora: sudo dnf install python3. \
	Arch: sudo pacman -S python. macOS: brew install python. Then run make again.

# The tests run in three processes: one for each host, which waits most of the time, and one that
# computes in one thread.
AT_ONCE := --numprocesses=3 --no-loadscope-reorder

LOWEST := .venv-lowest
LOWEST_TESTS := tests/protocol tests/end_to_end/test_command_line.py $(addprefix tests/unit/, \
	wire host files plugins gimp krita cli/test_points.py cli/test_models.py editing/test_edit.py \
	stylegan2/test_generator.py models/test_installation.py \
	stylegan2/checkpoints/test_layouts.py)

.PHONY: run test check check-lowest soak pages pictures release clean

run: $(VENV)/installed
	@echo "== Plug-ins"
	@$(BIN)/draggan plugins install
	@echo "== Demonstration"
	@$(BIN)/draggan demo
	@command -v draggan >/dev/null || { echo "== The command draggan"; \
		echo "It is $(CURDIR)/$(BIN)/draggan. To call it by its name, in a folder on your PATH:"; \
		echo "  ln -s '$(CURDIR)/$(BIN)/draggan' ~/.local/bin/"; }

test: check
	@$(BIN)/python -m tests.hosts.system
	$(BIN)/python -m pytest $(AT_ONCE)

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# The lowest versions that pyproject.toml promises, and a part of the tests with them. They come from
# the ordinary index (5 GB on Linux), for a Python for which they were made: 3.11.
check-lowest:
	@rm -rf $(LOWEST)
	$(PYTHON) -m venv $(LOWEST)
	$(PYTHON) -m tests.lowest > $(LOWEST)/lowest.txt
	PIP_CONSTRAINT=$(LOWEST)/lowest.txt $(LOWEST)/bin/python -m pip install -r $(LOWEST)/lowest.txt
	$(LOWEST)/bin/python -m pip install --no-deps --editable .
	$(LOWEST)/bin/python -m pytest $(LOWEST_TESTS)

# Faults on purpose, for hours (SIZE=ci: for some 40 minutes): see tests/soak/README.md.
SIZE ?= soak
soak: $(VENV)/installed-dev
	$(BIN)/python -m tests.soak $(SIZE) $(CHECKS)

# The documents as pages, in build/pages. A link that leads nowhere fails.
pages: $(VENV)/installed-dev
	$(BIN)/mkdocs build --strict

# All pictures of the start and the tutorials, most of them of real hosts; and a moving picture of a
# live drag by a recorded hand, as fast as this machine is: build/live.webp.
pictures: $(VENV)/installed-dev
	@$(BIN)/python -m tests.hosts.system
	$(BIN)/python -m tests.hosts.pictures
	@mkdir -p build
	$(BIN)/draggan live --seed 33 --script pages/live.json -o build/live.webp

# Wheel, sdist and the plug-ins' zips, tried out in clean environments of every Python that is here
# (or of these: make release PYTHONS="python3.11 python3.13"), with checksums and an SBOM.
release: $(VENV)/installed-release
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/draggan plugins package --output dist --wheel dist/*.whl
	$(BIN)/python -m tests.release dist $(PYTHONS)

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

$(VENV)/installed-release: $(VENV)/installed
	$(PIP) --editable '.[release]'
	@touch $@

clean:
	rm -rf $(VENV) $(LOWEST) build dist *.egg-info
