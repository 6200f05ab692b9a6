# Set-up, checks and a demo. Each target is a plain sequence of commands that can as well be typed by hand.

PYTHON ?= python3
# What stands in .tools/bin is found before what the machine has.
export PATH := $(CURDIR)/.tools/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-kernel lint packages clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

setup: .venv/.complete ## virtual environment and bindgen, as far as they are missing
	@tools/bindgen.sh

demo: setup ## migrate the sample module from its recording into out/demo, without a model
	.venv/bin/llmigrate run samples/ramfs -o out/demo --replay samples/ramfs/recording.jsonl

# Two processes more than there are cores: many tests wait, for answers, time limits, what another one makes.
test: lint ## every check: lint, then the tests
	.venv/bin/pytest -q -n $$(($$(nproc) + 2))

test-kernel: setup ## boots a kernel with Rust in it; its source is Debian's, its build is kept in the user's cache
	tools/kernel.sh .venv/bin/pytest -q -m kernel

lint: setup ## ruff and mypy
	.venv/bin/ruff check -q
	.venv/bin/ruff format -q --check
	.venv/bin/mypy

packages: ## optional Debian 12 packages and c2rust (as root)
	tools/packages.sh

clean: ## remove .venv, .tools and out
	rm -rf .venv .tools out llmigrate.egg-info

.venv/.complete: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=...")'
	@echo "setting up .venv, about a minute, once" >&2
	$(PYTHON) -m venv .venv
	.venv/bin/pip install -q -r requirements.txt
	.venv/bin/pip install -q --no-deps --no-build-isolation -e .
	touch $@
