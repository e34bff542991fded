# 共责台账 Gongze. From a clean clone: `make run` shows it working, `make test` checks everything.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run up down test lint faults nightly check-postgres check-strace check-office check-kafka check-javac bench lock clean

# The first Python that really starts and is new enough: a version manager's shim may stand for one that is not there.
PYTHON ?= $(firstword $(foreach python,python3.11 python3 python3.12 python3.13 /usr/bin/python3,\
	$(if $(shell $(python) -c 'import sys; print("ok" if sys.version_info >= (3, 11) else "")' 2>/dev/null),$(python))))
# Wheels only: building from source would fetch build tools that nobody locked.
INSTALL := -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes
POSTGRES_FOUND = command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null

# Sets $as_root to what a command of the machine's owner starts with, or says what to install by hand.
define become-root
	as_root=; \
	if ! command -v apt-get >/dev/null; then \
		echo '缺少系统软件，请自行安装后重试 please install, then try again: $(1)' >&2; exit 1; fi; \
	if [ "$$(id -u)" != 0 ]; then as_root=sudo; \
		if ! command -v sudo >/dev/null; then \
			echo '请由管理员执行 as root, please run: apt-get update && apt-get install $(1)' >&2; exit 1; fi; fi
endef
define apt-get
	echo '安装系统软件 installing: $(1)'; \
	$$as_root apt-get update -q; \
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $(1)
endef

help: ## 列出命令 list the commands
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: .venv/.project ## 准备环境 make .venv from the locked versions

run: setup ## 演示 set up and run the demonstration
	.venv/bin/gongze demo

up: setup check-postgres check-kafka ## 整套起在本机 database, broker, publisher, consumer, scheduler as plain processes
	deploy/up.sh up

down: ## 停下整套 stop what `make up` started
	deploy/up.sh down

test: lint .venv-foreign/.installed check-postgres check-strace check-office check-kafka check-javac ## 全部检查与测试 every check and every test
	.venv/bin/pytest -n $$(($$(nproc) + 1)) # they wait for servers and commands half of their time

lint: setup ## 静态检查 formatting, types and the rooms' imports
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

faults: setup check-strace ## 逐点故障 every fault of the disk at every call of one append
	FAULTS=all .venv/bin/pytest tests/hardness/test_fault_sweep.py

# The seed is printed first and with every failure; the same one gives the same trials.
nightly: setup check-strace check-postgres check-kafka ## 夜间长测 hours of trying to break the ledger, one of them a soak [SEED=N]
	@seed=$${SEED:-$$RANDOM}; \
	echo "seed $$seed: make nightly SEED=$$seed"; \
	NIGHTLY=1 FAULTS=all SEED=$$seed .venv/bin/pytest -n 2 tests/hardness --hypothesis-seed=$$seed

bench: setup check-postgres check-kafka ## 性能测量 measure
	.venv/bin/python -m benchmarks

lock: setup ## 重新锁定版本 lock requirements/*.in again
	cd requirements && for name in dev runtime foreign; do \
		constraint=; if [ $$name = runtime ]; then constraint='-c dev.txt'; fi; \
		../.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			--no-emit-index-url --no-emit-find-links $$constraint $$name.in -o $$name.txt; done

clean: ## 清除环境与缓存 remove environments and caches
	rm -rf .venv .venv-foreign build gongze.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache \
		.hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each stamp is written last, so that an interrupted step is done again.
# Debian's Python comes without ensurepip until python3-venv is there.
.venv/.made .venv-foreign/.made:
	@python='$(PYTHON)'; \
	if [ -z "$$python" ] || ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		$(call become-root,python3 python3-venv); \
		$(call apt-get,python3 python3-venv); \
		python=/usr/bin/python3; \
		if ! $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
			echo '需要 Python 3.11 或以上 Python 3.11 or later is needed: make setup PYTHON=...' >&2; exit 1; fi; \
	fi; \
	"$$python" -m venv --clear $(@D)
	@touch $@

.venv/.locked: requirements/dev.txt | .venv/.made
	.venv/bin/python $(INSTALL) -r $<
	@touch $@

# The build backend is in the lock, hence no build isolation: nothing unlocked is fetched.
.venv/.project: pyproject.toml requirements/runtime.in .venv/.locked
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv-foreign/.installed: requirements/foreign.txt | .venv-foreign/.made
	.venv-foreign/bin/python $(INSTALL) -r $<
	@touch $@

# Debian's package would start a server of its own at installation. The tests start theirs, on a free port, so
# the package is told not to, for this installation only: later ones are the machine owner's business.
check-postgres:
	@if ! { $(POSTGRES_FOUND); }; then \
		$(call become-root,postgresql); \
		settings=/etc/postgresql-common/createcluster.d; \
		trap "$$as_root rm -f $$settings/gongze-tests.conf" EXIT; \
		$$as_root mkdir -p $$settings; \
		echo 'create_main_cluster = false' | $$as_root tee $$settings/gongze-tests.conf >/dev/null; \
		$(call apt-get,postgresql); \
	fi

# The broker that the tests start, on free ports: its artifacts and a Java to run them.
check-kafka: build/kafka/.complete
	@if ! command -v java >/dev/null; then \
		$(call become-root,default-jre-headless); \
		$(call apt-get,default-jre-headless); \
	fi

# The partner's example in Java is compiled as a partner would compile it.
check-javac:
	@if ! command -v javac >/dev/null; then \
		$(call become-root,default-jdk-headless); \
		$(call apt-get,default-jdk-headless); \
	fi

build/kafka/.complete: tests/kafka/pom.xml
	@if ! command -v mvn >/dev/null; then \
		$(call become-root,maven default-jre-headless); \
		$(call apt-get,maven default-jre-headless); \
	fi
	@rm -rf build/kafka
	mvn -B -q -f $< dependency:copy-dependencies -Djars=$(CURDIR)/build/kafka
	@touch $@

# It makes single calls of a process fail, as no other means does without changing the program.
check-strace:
	@if ! command -v strace >/dev/null; then \
		($(call become-root,strace); \
		$(call apt-get,strace)) || echo '没有 strace：逐点故障的测试会跳过 no strace: its tests will be skipped' >&2; \
	fi

# Official papers as PDF: LibreOffice's Writer, what looks into a PDF, and fonts that stand in for those that every
# office's own machine has. 仿宋、楷体 and 小标宋 are in no package of their own: they are taken out of TeX's (its font
# exception lets PDFs contain them), without the rest of it. Papers are set without them too, in 宋体.
FANDOL := /usr/local/share/fonts/fandol
check-office:
	@missing=; \
	compgen -G '/usr/lib/libreoffice/program/libswlo.so' >/dev/null || missing="$$missing libreoffice-writer-nogui"; \
	command -v pdftoppm >/dev/null || missing="$$missing poppler-utils"; \
	command -v fc-match >/dev/null || missing="$$missing fontconfig"; \
	compgen -G '/usr/share/fonts/opentype/noto/NotoSerifCJK*' >/dev/null || missing="$$missing fonts-noto-cjk"; \
	compgen -G '/usr/share/fonts/truetype/liberation*/LiberationSerif*' >/dev/null || missing="$$missing fonts-liberation"; \
	if [ -n "$$missing" ]; then \
		$(call become-root,libreoffice-writer-nogui poppler-utils fontconfig fonts-noto-cjk fonts-liberation); \
		$(call apt-get,$$missing); \
	fi; \
	if ! fc-list 2>/dev/null | grep -q Fandol; then \
		$(call become-root,texlive-lang-chinese); \
		fetched=$$(mktemp -d); trap 'rm -rf "$$fetched"' EXIT; \
		$$as_root apt-get update -q; \
		if (cd "$$fetched" && apt-get download -q texlive-lang-chinese); then \
			$$as_root mkdir -p $(FANDOL); \
			dpkg-deb --fsys-tarfile "$$fetched"/*.deb | $$as_root tar -x -C $(FANDOL) --wildcards --no-same-owner \
				--transform 's|.*/||' '*/public/fandol/Fandol[FHKS]*.otf' '*/fonts/fandol/COPYING*'; \
			$$as_root fc-cache -f $(FANDOL); \
		else echo '没有取得 Fandol 字体：公文以宋体代仿宋 the Fandol fonts are missing: papers are set in Song' >&2; fi; \
	fi
